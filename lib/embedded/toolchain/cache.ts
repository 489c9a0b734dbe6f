import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { withLock } from '../lock';
import type { Reporter } from '../reporter';

/**
 * Folder of built binaries, outside the work tree: `NIVESH_SECRETS_CACHE`, else `$XDG_CACHE_HOME/nivesh-secrets`, else
 * `~/.cache/nivesh-secrets` (https://specifications.freedesktop.org/basedir-spec/latest/).
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { NIVESH_SECRETS_CACHE: own, XDG_CACHE_HOME: shared } = environment;
  // An empty variable counts as unset.
  if (own !== undefined && own !== '') {
    return own;
  }
  return join(shared === undefined || shared === '' ? join(homedir(), '.cache') : shared, 'nivesh-secrets');
}

const recordShape = z.object({ sha256: z.string(), size: z.number(), mtimeMs: z.number() });
type Record = z.infer<typeof recordShape>;

/** One binary in the cache: `<cache>/<name>/<key>/<name>` with `record.json` beside it. */
export class CacheEntry {
  readonly folder: string;
  readonly binary: string;

  constructor(
    root: string,
    readonly name: string,
    key: string,
  ) {
    this.folder = join(root, name, key);
    this.binary = join(this.folder, name);
  }

  private get recordFile(): string {
    return join(this.folder, 'record.json');
  }

  /**
   * What is wrong with this entry; `missing` when it was never made, nothing when it is whole.
   * The full hash is taken only where size or time differ from the record.
   */
  async problem(): Promise<string | undefined> {
    const found = await stat(this.binary).catch(() => undefined);
    const folder = await stat(this.folder).catch(() => undefined);
    if (!folder) {
      return 'missing';
    }
    const record = await this.readRecord();
    if (!found || !record) {
      return `incomplete (no ${found ? 'record of its checksum' : 'binary'})`;
    }
    if (found.size !== record.size) {
      return `damaged (${found.size} bytes, not ${record.size})`;
    }
    if (found.mtimeMs !== record.mtimeMs && (await sha256Of(this.binary)) !== record.sha256) {
      return 'damaged (its checksum is not the recorded one)';
    }
    return undefined;
  }

  private async readRecord(): Promise<Record | undefined> {
    try {
      return recordShape.parse(JSON.parse(await readFile(this.recordFile, 'utf8')));
    } catch {
      return undefined;
    }
  }

  /**
   * Makes the entry unless it is whole; one process at a time, and the others wait and use it.
   * A damaged entry is made again, after a line that says so.
   * @param make writes the binary to the path that it gets; whatever it leaves on failure is removed
   */
  async ensure(make: (binary: string) => Promise<void>, reporter: Reporter): Promise<'cache' | 'made'> {
    if ((await this.problem()) === undefined) {
      return 'cache';
    }
    await mkdir(dirname(this.folder), { recursive: true });
    const waiting = (pid: number): void => {
      reporter.line(`${this.name}: waiting for process ${pid}, which builds it`);
    };
    return await withLock(`${this.folder}.lock`, { waiting }, async () => {
      const problem = await this.problem();
      if (problem === undefined) {
        return 'cache';
      }
      if (problem !== 'missing') {
        reporter.line(`${this.name}: the cached binary is ${problem}, making it again`);
      }
      await this.replace(make);
      return 'made';
    });
  }

  private async replace(make: (binary: string) => Promise<void>): Promise<void> {
    const unfinished = `${this.folder}.unfinished`;
    // Also what a killed process left.
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    try {
      const binary = join(unfinished, this.name);
      await make(binary);
      await chmod(binary, 0o755);
      const { size, mtimeMs } = await stat(binary);
      const record: Record = { sha256: await sha256Of(binary), size, mtimeMs };
      await writeFile(join(unfinished, 'record.json'), `${JSON.stringify(record)}\n`);
      await rm(this.folder, { recursive: true, force: true });
      await rename(unfinished, this.folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
