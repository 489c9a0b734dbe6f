import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from '../embedded/toolchain/cache';

const rulesBytes = 32;
const recordBytes = 16;

/**
 * Which contents were found clean by these very rules, so that they need not be looked at again. Kept in the cache folder,
 * one file a repository: a hash of the rules, then a hash of object and file name each. Nothing in it comes from a secret.
 */
export class CleanBlobs {
  readonly #records = new Set<string>();
  #changed = false;

  private constructor(
    private readonly file: string,
    private readonly rules: Buffer,
  ) {}

  /**
   * @param repository folder that tells repositories apart
   * @param rules everything that the outcome depends on besides the content and the name of a file
   */
  static async open(repository: string, rules: readonly string[]): Promise<CleanBlobs> {
    const file = join(cacheFolder(), 'scanning', createHash('sha256').update(repository).digest('hex').slice(0, 32));
    const clean = new CleanBlobs(file, createHash('sha256').update(JSON.stringify(rules)).digest());
    await clean.load();
    return clean;
  }

  /** Whether a file of this content and name is clean. */
  has(blob: string, path: string): boolean {
    return this.#records.has(recordOf(blob, path));
  }

  add(blob: string, path: string): void {
    this.#records.add(recordOf(blob, path));
    this.#changed = true;
  }

  /** Keeps what was added; without a cache that can be written everything is looked at again. */
  async save(): Promise<void> {
    if (!this.#changed) {
      return;
    }
    const unfinished = `${this.file}.${process.pid}`;
    try {
      await mkdir(dirname(this.file), { recursive: true });
      const records = Buffer.from([...this.#records].join(''), 'latin1');
      await writeFile(unfinished, Buffer.concat([this.rules, records]), { mode: 0o600 });
      await rename(unfinished, this.file);
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  private async load(): Promise<void> {
    const content = await readFile(this.file).catch(() => Buffer.alloc(0));
    if (!content.subarray(0, rulesBytes).equals(this.rules)) {
      return;
    }
    for (let at = rulesBytes; at + recordBytes <= content.length; at += recordBytes) {
      this.#records.add(content.toString('latin1', at, at + recordBytes));
    }
  }
}

/** Rules judge by the name of a file, not by its folder. */
function recordOf(blob: string, path: string): string {
  const hash = createHash('sha256').update(`${blob}\0${basename(path)}`);
  return hash.digest().toString('latin1', 0, recordBytes);
}
