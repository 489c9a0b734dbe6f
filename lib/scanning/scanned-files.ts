import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { environmentError } from '../cli/errors';
import { reasonOf } from '../error-reason';
import { inMemory, readObjects } from './git-objects';
import type { GitFile } from './repository';
import type { ScannedFile } from './scan';

/** Files of the work tree, as they are on disk. What is not there any more, and what is no regular file, is left out. */
export async function* workTreeFiles(root: string, files: readonly GitFile[]): AsyncGenerator<ScannedFile> {
  const inside = new FoldersInside(await realpath(root));
  for (const { name, path, blob } of files) {
    const file = (await inside.holds(name)) ? await openRegular(join(root, '/'), name, path) : undefined;
    if (file) {
      yield { path, ...(blob === undefined ? await identified(file) : { blob, content: chunksOf(file) }) };
    }
  }
}

/** Files whose content is an object of git: what is staged. */
export async function* objectFiles(root: string, files: readonly GitFile[]): AsyncGenerator<ScannedFile> {
  const ids = files.map(({ blob = '' }) => blob);
  let index = 0;
  for await (const { id, content } of readObjects(root, ids)) {
    yield { path: files[index]?.path ?? '', blob: id, content };
    index += 1;
  }
}

/** Folders that are where they seem to be: a symbolic link in place of a tracked folder leads elsewhere. */
class FoldersInside {
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(private readonly root: string) {}

  async holds(name: Buffer): Promise<boolean> {
    const folder = dirname(name.toString('latin1'));
    let known = this.#known.get(folder);
    if (!known) {
      const path = Buffer.concat([
        Buffer.from(join(this.root, '/')),
        Buffer.from(folder === '.' ? '' : folder, 'latin1'),
      ]);
      known = realpath(path, 'buffer').then(
        (real) => real.equals(folder === '.' ? Buffer.from(this.root) : path),
        () => false,
      );
      this.#known.set(folder, known);
    }
    return await known;
  }
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/** Neither follows a link nor waits for a pipe. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Gone, a link, a socket. */
const notThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']);

async function openRegular(folder: string, name: Buffer, path: string): Promise<OpenFile | undefined> {
  try {
    const handle = await open(Buffer.concat([Buffer.from(folder), name]), flags);
    const status = await handle.stat();
    if (status.isFile()) {
      return { handle, size: status.size };
    }
    await handle.close();
    return undefined;
  } catch (error) {
    if (notThere.has((error as NodeJS.ErrnoException).code ?? '')) {
      return undefined;
    }
    throw environmentError(
      `${path} cannot be read: ${reasonOf(error)}`,
      'correct its permissions, or ignore it in git',
    );
  }
}

const longestChunk = 256 * 1024;

/** A file that git has no object of, with the id that the object would have, unless it is long. */
async function identified(file: OpenFile): Promise<Pick<ScannedFile, 'blob' | 'content'>> {
  if (file.size > longestChunk) {
    return { content: chunksOf(file) };
  }
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(file)) {
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  const blob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  return { blob, content: inMemory(content) };
}

async function* chunksOf({ handle, size }: OpenFile): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(size + 1, longestChunk)));
      if (bytesRead === 0) {
        return;
      }
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
