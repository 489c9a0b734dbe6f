import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { environmentError } from '../cli/errors';
import type { SecretValue } from '../values/secret-value';
import { rawLog } from './introductions';

/** An object of a git repository that holds a value. */
export interface HistoryFinding {
  /** Id of the object; it says nothing about the value. */
  readonly object: string;
  readonly type: 'blob' | 'commit' | 'tag';
  /** Where it came in and where it is, oldest first; none for an object that no branch and no tag leads to. */
  readonly places: readonly HistoryPlace[];
}

/** A commit that brought an object in, or took it out again. */
export interface HistoryPlace {
  readonly commit: string;
  readonly time: Date;
  readonly path: string;
}

/**
 * Finds a value in every object that a git repository has: all branches and tags, and what only the reflog or nothing
 * leads to any more. It is looked for as it is, percent-encoded and in base64, and never becomes an argument.
 * @throws CliError when the folder is not a repository
 */
export async function searchHistory(repository: string, value: SecretValue): Promise<HistoryFinding[]> {
  const needles = formsOf(value);
  const objects: Pick<HistoryFinding, 'object' | 'type'>[] = [];
  const search = new ObjectSearch(needles, (object, type) => {
    objects.push({ object, type });
  });
  const git = spawn(
    'git',
    ['-C', repository, 'cat-file', '--batch-all-objects', '--batch', '--unordered', '--buffer'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const closed = once(git, 'close') as Promise<[number]>;
  const words = text(git.stderr);
  for await (const chunk of git.stdout) {
    search.push(chunk as Buffer);
  }
  const [code] = await closed;
  if (code !== 0) {
    throw environmentError(
      `git cannot read ${repository}: ${firstLine(await words)}`,
      'name the folder of a git repository that this user owns',
    );
  }
  return await Promise.all(
    objects
      .sort((a, b) => (a.object < b.object ? -1 : 1))
      .map(async (found) => ({ ...found, places: await placesOf(repository, found) })),
  );
}

/** Shorter texts would be found everywhere. */
export const shortestSearched = 6;

function formsOf(value: SecretValue): Buffer[] {
  const plain = value.reveal();
  if (plain.length < shortestSearched) {
    return [];
  }
  const bytes = Buffer.from(plain);
  // The last characters of base64 depend on what follows.
  const base64 = bytes.toString('base64').replace(/=+$/, '').slice(0, -1);
  return [...new Set([plain, encodeURIComponent(plain), base64])].map((form) => Buffer.from(form));
}

async function placesOf(
  repository: string,
  { object, type }: Pick<HistoryFinding, 'object' | 'type'>,
): Promise<HistoryPlace[]> {
  if (type === 'tag') {
    return [];
  }
  const query =
    type === 'commit'
      ? ['show', '--no-patch', '--format=%H %cI', object]
      : [...rawLog, '--reverse', `--find-object=${object}`];
  return parsePlaces(await gitOutput(repository, query), object);
}

/** Commit lines, each followed by the raw lines of what changed in it. */
function parsePlaces(output: string, object: string): HistoryPlace[] {
  const places: HistoryPlace[] = [];
  let commit: Omit<HistoryPlace, 'path'> | undefined;
  for (const line of output.split('\n')) {
    const [, id, time] = /^([0-9a-f]{40,64}) (\S+)$/.exec(line) ?? [];
    if (id !== undefined && time !== undefined) {
      commit = { commit: id, time: new Date(time) };
      if (id === object) {
        places.push({ ...commit, path: 'the message of the commit' });
      }
    }
    const path = line.startsWith(':') && line.includes(object) ? line.split('\t')[1] : undefined;
    if (
      commit &&
      path !== undefined &&
      !places.some((place) => place.commit === commit?.commit && place.path === path)
    ) {
      places.push({ ...commit, path });
    }
  }
  return places;
}

async function gitOutput(repository: string, argumentList: readonly string[]): Promise<string> {
  const git = spawn('git', ['-C', repository, ...argumentList], { stdio: ['ignore', 'pipe', 'ignore'] });
  return await text(git.stdout);
}

function firstLine(words: string): string {
  return (words.split('\n')[0] ?? '').replace(/^fatal: /, '');
}

/** Reads what `git cat-file --batch` writes (https://git-scm.com/docs/git-cat-file#_batch_output), chunk by chunk. */
class ObjectSearch {
  #head = Buffer.alloc(0);
  #object: { readonly id: string; readonly type: string; left: number; found: boolean } | undefined;
  /** End of the last chunk of the object, in which a value may begin. */
  #tail = Buffer.alloc(0);
  readonly #keep: number;

  constructor(
    private readonly needles: readonly Buffer[],
    private readonly onFound: (object: string, type: HistoryFinding['type']) => void,
  ) {
    this.#keep = Math.max(0, ...needles.map(({ length }) => length - 1));
  }

  push(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0;) {
      rest = this.#object ? this.body(rest) : this.header(rest);
    }
  }

  private header(chunk: Buffer): Buffer {
    const end = chunk.indexOf(0x0a);
    if (end === -1) {
      this.#head = Buffer.concat([this.#head, chunk]);
      return Buffer.alloc(0);
    }
    const line = Buffer.concat([this.#head, chunk.subarray(0, end)]).toString('latin1');
    this.#head = Buffer.alloc(0);
    const [id = '', type = '', size = '0'] = line.split(' ');
    // A newline ends the content.
    this.#object = { id, type, left: Number(size) + 1, found: false };
    this.#tail = Buffer.alloc(0);
    return chunk.subarray(end + 1);
  }

  private body(chunk: Buffer): Buffer {
    const object = this.#object;
    if (!object) {
      return chunk;
    }
    const part = chunk.subarray(0, object.left);
    object.left -= part.length;
    if (!object.found && object.type !== 'tree') {
      const searched = this.#tail.length > 0 ? Buffer.concat([this.#tail, part]) : part;
      object.found = this.needles.some((needle) => searched.includes(needle));
      this.#tail = Buffer.from(searched.subarray(Math.max(0, searched.length - this.#keep)));
    }
    if (object.left === 0) {
      if (object.found) {
        this.onFound(object.id, object.type as HistoryFinding['type']);
      }
      this.#object = undefined;
    }
    return chunk.subarray(part.length);
  }
}
