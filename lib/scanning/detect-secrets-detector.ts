import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentError } from '../cli/errors';
import { packageRoot } from '../package-root';
import { SecretValue } from '../values/secret-value';
import type { Candidate, Detector, SourceText } from './detector';
import { isHarmless, isPlausible } from './plausible-value';
import { pythonRequirements } from './python-tools';

/** `[type, line, value]` */
type Answer = readonly (readonly [type: string, line: number, value: string])[];

const worker = join(packageRoot(), 'tools', 'python', 'detect_secrets_worker.py');

/**
 * detect-secrets (https://github.com/Yelp/detect-secrets), in a process of Python that starts with the first text in which
 * it may find something, and gets the texts by its standard input.
 */
export class DetectSecretsDetector implements Detector {
  readonly name = 'detect-secrets';
  readonly version = createHash('sha256')
    .update(readFileSync(pythonRequirements))
    .update(readFileSync(worker))
    .digest('hex');
  #process: ChildProcess | undefined;
  #ended: Error | undefined;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  /** @param tools folder of its virtual environment's programs, see `pythonTools` */
  constructor(private readonly tools: string) {}

  async find({ path, text }: SourceText): Promise<Candidate[]> {
    const lines = [...linesOf(text)].filter(({ line }) => line.length <= longestLine && mayHold.test(line));
    if (lines.length === 0) {
      return [];
    }
    const answer = await this.ask(
      path,
      lines.map(({ line }) => line),
    );
    return answer.flatMap(([type, number, found]) => {
      const { start = 0, line = '' } = lines[number - 1] ?? {};
      const value = type === artifactory ? found.replace(/^[\s=:"]|[\s"]$/g, '') : found;
      const at = line.indexOf(value);
      return at !== -1 && isLikely(type, line.slice(0, at), value)
        ? [{ rule: ruleOf(type), start: start + at, value: new SecretValue(value) }]
        : [];
    });
  }

  async close(): Promise<void> {
    const child = this.#process;
    if (child && !this.#ended) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.stdin?.end();
      await closed;
    }
  }

  private async ask(path: string, lines: readonly string[]): Promise<Answer> {
    if (this.#ended) {
      throw this.#ended;
    }
    const child = (this.#process ??= this.start());
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      child.stdin?.write(`${JSON.stringify({ path, lines })}\n`);
    });
  }

  private start(): ChildProcess {
    const child = spawn(join(this.tools, 'python'), ['-I', worker], {
      env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => {
      words = `${words}${chunk.toString()}`.slice(-2000);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line) as Answer);
    });
    // What it had not read when it ended is told by the end itself.
    child.stdin.on('error', () => undefined);
    const fail = (): void => {
      const error = environmentError(
        `detect-secrets ended: ${words.trim().split('\n').at(-1) ?? ''}`,
        `remove ${join(this.tools, '..')}, and run this again`,
      );
      this.#ended ??= error;
      this.#waiting.splice(0).forEach(({ reject }) => {
        reject(error);
      });
    };
    child.once('error', fail).once('close', fail);
    return child;
  }
}

/** Cheap, and true wherever a plugin could find something. */
const mayHold = new RegExp(
  [
    // The words of the plugin for keywords, and long quoted texts.
    /(?:api|auth|service|account|db|database|priv|private|client)_?key|(?:db|database|key)_?pass|passw|pwd|secret|contrase/,
    /["'][\w+/=-]{20,}["']|:\/\/[^\s/@]{0,200}@/,
    // Issuers without a form of their own: Cloudant, IBM and SoftLayer.
    /(?:key|pass|pw|token)["'\]]{0,2}[ =:>]{1,9}["']?[\w-]{24}|softlayer\.com\/soap/,
    /eyJ|\b(?:A3T|xox|[sr]k_live|SG\.|npm_|pypi-|sk-|sq0|AC[a-z0-9]{30}|SK[a-z0-9]{30})|A(?:BIA|CCA|KIA|SIA)[A-Z0-9]{16}/,
    /\bA(?:KC|P[\dA-F])[a-z0-9]{8}|[MNO][\w-]{23,25}\.[\w-]{6}\.|-us\d|_authToken|hooks\.|\d{8,10}:[\w-]{35}/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** The expressions of some plugins take quadratic time. */
const longestLine = 4000;

const secretWord =
  /pass|pwd|secret|token|(?:api|private|access|encryption|signing|auth|client|master)[_-]?key|credential|auth|dsn|webhook|pepper|bearer/i;
const publicWord =
  /sha-?\d|digest|integrity|checksum|hash|fingerprint|commit|revision|public|cert|sealed|encrypted|signature|etag|uuid|\bid\b|h1:/i;

/** Its expressions take in what stands around the value. */
const artifactory = 'Artifactory Credentials';

/** Types whose expressions also fit identifiers. */
const looseTypes: ReadonlySet<string> = new Set([
  artifactory,
  'Cloudant Credentials',
  'Discord Bot Token',
  'IBM Cloud IAM Key',
  'SoftLayer Credentials',
]);

/**
 * Whether a find counts: names and chance alone do where the value is plausible, as ours do; and long texts of many
 * characters, which are mostly hashes, where a secret's name stands before them.
 */
function isLikely(type: string, before: string, value: string): boolean {
  if (looseTypes.has(type)) {
    return isPlausible(value) && !publicWord.test(before);
  }
  if (type === 'Secret Keyword') {
    return isPlausible(value) && !/[()]/.test(value) && !/checksum|digest|hash/i.test(before);
  }
  return type.endsWith('High Entropy String')
    ? isPlausible(value) && secretWord.test(before) && !publicWord.test(before)
    : !isHarmless(value);
}

function* linesOf(text: string): Generator<{ start: number; line: string }> {
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('\n', start);
    const end = next === -1 ? text.length : next;
    yield { start, line: text.slice(start, end) };
    start = end + 1;
  }
}

function ruleOf(type: string): string {
  return type
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
