import { createHmac, randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { usageError } from '../cli/errors';
import { dayOf, isDay } from '../day';
import { reasonOf } from '../error-reason';
import { readIfThere } from '../read-if-there';
import { replaceFiles } from '../replace-files';
import type { SecretValue } from '../values/secret-value';
import type { Finding } from './scan';

/** Name of the baseline, in the top folder of the repository. */
export const baselineName = '.secrets.baseline.json';

const entryShape = z.strictObject({
  path: z.string().refine((path) => !path.includes('\\') || path.includes('\\x'), 'must have "/" between folders'),
  rule: z.string(),
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal characters'),
  reason: z.string(),
  expires: z.string().refine(isDay, 'must be a day such as 2027-01-31'),
});
const baselineShape = z.strictObject({
  version: z.literal(1),
  salt: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal characters'),
  entries: z.array(entryShape),
});

/** A finding that somebody looked at and lets be until a day. */
export type BaselineEntry = z.infer<typeof entryShape>;

/** Findings against the baseline. */
export interface BaselineMatch {
  /** Findings that count, each with what is wrong with its entry, where it has one. */
  readonly open: readonly { readonly finding: Finding; readonly entryProblem?: string }[];
  /** How many findings have an entry with a reason that has not expired. */
  readonly accepted: number;
  /** Entries that no finding of this scan belongs to. */
  readonly unused: readonly BaselineEntry[];
}

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** 32 MiB and about 0.1 s a guess (RFC 7914); see docs/decisions/0010. */
const stretch = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** The findings of a repository that are known, in {@link baselineName}. */
export class Baseline {
  readonly #keys = new Map<string, Promise<Buffer>>();

  private constructor(
    private readonly salt: string,
    readonly entries: readonly BaselineEntry[],
  ) {}

  /**
   * Reads the baseline of a repository; an empty one where there is none.
   * @throws CliError for a file that is not UTF-8 or not a baseline
   */
  static async read(root: string): Promise<Baseline> {
    const content = await readIfThere(join(root, baselineName)).catch((error: unknown) => {
      throw usageError(`${baselineName} cannot be read: ${reasonOf(error)}`, 'correct its permissions');
    });
    return content ? Baseline.parse(content) : new Baseline(randomBytes(16).toString('hex'), []);
  }

  static parse(content: Buffer): Baseline {
    const result = baselineShape.safeParse(json(content));
    if (!result.success) {
      const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
      throw usageError(`${baselineName} is not a baseline: ${problems.join('; ')}`, 'correct it, or take it from git');
    }
    return new Baseline(result.data.salt, result.data.entries);
  }

  /** @param today the day on which entries that expire before it no longer count */
  async match(findings: readonly Finding[], today: Date): Promise<BaselineMatch> {
    const open: BaselineMatch['open'][number][] = [];
    const used = new Set<BaselineEntry>();
    for (const finding of findings) {
      const entry = this.entries.length > 0 ? await this.entryOf(finding) : undefined;
      const entryProblem = entry && problemOf(entry, today);
      if (entry) {
        used.add(entry);
      }
      if (!entry || entryProblem !== undefined) {
        open.push({ finding, ...(entryProblem === undefined ? {} : { entryProblem }) });
      }
    }
    const unused = this.entries.filter((entry) => !used.has(entry));
    return { open, accepted: findings.length - open.length, unused };
  }

  /** This baseline with an entry for each finding that has none, without a reason, and without the entries to drop. */
  async with(findings: readonly Finding[], dropped: readonly BaselineEntry[], expires: Date): Promise<Baseline> {
    const entries = new Map(
      this.entries.filter((entry) => !dropped.includes(entry)).map((entry) => [keyOf(entry), entry]),
    );
    for (const { path, rule, value } of findings) {
      const entry = {
        path,
        rule,
        fingerprint: await this.fingerprint(path, value),
        reason: '',
        expires: dayOf(expires),
      };
      if (!entries.has(keyOf(entry))) {
        entries.set(keyOf(entry), entry);
      }
    }
    return new Baseline(
      this.salt,
      [...entries.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    );
  }

  async write(root: string): Promise<void> {
    const document = { version: 1, salt: this.salt, entries: this.entries };
    await replaceFiles(root, new Map([[baselineName, `${JSON.stringify(document, null, 2)}\n`]]));
  }

  private async entryOf({ path, value }: Finding): Promise<BaselineEntry | undefined> {
    const inFile = this.entries.filter((entry) => entry.path === path);
    const fingerprint = inFile.length > 0 ? await this.fingerprint(path, value) : undefined;
    return inFile.find((entry) => entry.fingerprint === fingerprint);
  }

  /** The key of the hash is the value itself, stretched; the path in it keeps equal values in two files apart. */
  private async fingerprint(path: string, value: SecretValue): Promise<string> {
    const plain = value.reveal();
    const key = this.#keys.get(plain) ?? scryptAsync(plain, Buffer.from(this.salt, 'hex'), 32, stretch);
    this.#keys.set(plain, key);
    return createHmac('sha256', await key)
      .update(path)
      .digest('hex')
      .slice(0, 32);
  }
}

function json(content: Buffer): unknown {
  if (content.subarray(0, 3).toString('hex') === 'efbbbf' || content.includes(0)) {
    throw usageError(
      `${baselineName} is not plain UTF-8: it is UTF-16, or begins with a byte order mark, as PowerShell writes files`,
      `remove it, take it from git, and write it with "nivesh-secrets scan --update-baseline"`,
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    throw usageError(`${baselineName} is not JSON in UTF-8`, 'correct it, or take it from git');
  }
}

function problemOf({ reason, expires }: BaselineEntry, today: Date): string | undefined {
  if (reason.trim() === '') {
    return 'its entry in the baseline has no reason';
  }
  return expires < dayOf(today) ? `its entry in the baseline expired on ${expires}` : undefined;
}

function keyOf({ path, fingerprint }: BaselineEntry): string {
  return `${path}\0${fingerprint}`;
}
