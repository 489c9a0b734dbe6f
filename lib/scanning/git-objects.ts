import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { environmentError } from '../cli/errors';

/** An object that was asked for. Its content is in memory or, where it is long, a stream that is read once. */
export interface GitObject {
  readonly id: string;
  readonly content: AsyncIterable<Buffer>;
}

/** Longer objects are not held in memory. */
const longestHeld = 8 * 1024 * 1024;

/**
 * Reads objects of a repository one after the other (https://git-scm.com/docs/git-cat-file#_batch_output). The next one
 * comes once a long one before it has been read to its end.
 * @throws CliError when git fails
 */
export async function* readObjects(root: string, ids: readonly string[]): AsyncGenerator<GitObject> {
  // An object is read itself, whatever "git replace" put in its place.
  const command = ['--no-replace-objects', '-C', root, 'cat-file', '--batch', '--buffer'];
  const git = spawn('git', command, { stdio: ['pipe', 'pipe', 'ignore'] });
  const closed = once(git, 'close') as Promise<[number | null]>;
  // git may end before it has read everything; its exit code says why.
  git.stdin.on('error', () => undefined);
  git.stdin.end(ids.map((id) => `${id}\n`).join(''));
  const input = new ByteQueue(git.stdout as AsyncIterable<Buffer>);
  try {
    for (let header = await input.line(); header !== undefined; header = await input.line()) {
      const [id = '', , size] = header.split(' ');
      if (size === undefined) {
        throw environmentError(
          `the object ${id} is missing or damaged in ${root}`,
          'fetch the whole history: "git fetch --unshallow", or "git fetch --refetch" in a partial clone; or run "git fsck"',
        );
      }
      const body = input.bytes(Number(size));
      if (Number(size) <= longestHeld) {
        const chunks: Buffer[] = [];
        for await (const chunk of body) {
          chunks.push(chunk);
        }
        yield { id, content: inMemory(Buffer.concat(chunks)) };
      } else {
        let end = (): void => undefined;
        const read = new Promise<void>((resolve) => {
          end = resolve;
        });
        yield { id, content: untilEnd(body, end) };
        await read;
      }
      await input.line();
    }
    const [code] = await closed;
    if (code !== 0) {
      throw environmentError(`git cannot read the objects of ${root}`, 'run "git fsck" there');
    }
  } finally {
    git.kill();
  }
}

/** A stream of one chunk. */
// eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
export async function* inMemory(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}

/** A stream that says when it is at its end; what its reader leaves is read here. */
async function* untilEnd(body: AsyncGenerator<Buffer>, end: () => void): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } finally {
    end();
  }
}

/** Bytes of a stream, taken by line or by number. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next line without its end; nothing at the end of the stream. */
  async line(): Promise<string | undefined> {
    const parts: Buffer[] = [];
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      if (end !== -1) {
        parts.push(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
        return Buffer.concat(parts).toString('latin1');
      }
      parts.push(this.#rest);
      if (!(await this.next())) {
        return undefined;
      }
    }
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    let left = count;
    try {
      while (left > 0 && (this.#rest.length > 0 || (await this.next()))) {
        const part = this.#rest.subarray(0, left);
        this.#rest = this.#rest.subarray(part.length);
        left -= part.length;
        yield part;
      }
    } finally {
      while (left > 0 && (this.#rest.length > 0 || (await this.next()))) {
        const skipped = Math.min(left, this.#rest.length);
        this.#rest = this.#rest.subarray(skipped);
        left -= skipped;
      }
    }
  }

  private async next(): Promise<boolean> {
    const next = await this.#chunks.next();
    this.#rest = next.done === true ? Buffer.alloc(0) : next.value;
    return next.done !== true;
  }
}
