import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readIfThere } from './read-if-there';

interface Staged {
  readonly path: string;
  readonly temporary: string;
  /** @default - there is no such file yet */
  readonly before?: Buffer;
}

/**
 * Replaces files of a folder, all or none: every new text is complete on disk before the first takes its place, and what
 * was replaced is put back where a later one fails. A reader sees the old text or the new one. Files that would not change
 * are not touched; the others keep their mode.
 * @param root folder that the paths start from
 * @param files new texts by path
 * @returns the paths that changed
 */
export async function replaceFiles(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const staged: Staged[] = [];
  try {
    for (const [path, text] of files) {
      const before = await readIfThere(join(root, path));
      if (!before?.equals(Buffer.from(text))) {
        const temporary = join(root, `${path}.${randomBytes(6).toString('hex')}.tmp`);
        await mkdir(dirname(temporary), { recursive: true });
        staged.push({ path, temporary, ...(before === undefined ? {} : { before }) });
        await writeFile(temporary, text, { flag: 'wx' });
        if (before !== undefined) {
          await chmod(temporary, (await stat(join(root, path))).mode);
        }
      }
    }
    await putInPlace(root, staged);
  } finally {
    await Promise.all(staged.map(({ temporary }) => rm(temporary, { force: true })));
  }
  return staged.map(({ path }) => path);
}

async function putInPlace(root: string, staged: readonly Staged[]): Promise<void> {
  const done: Staged[] = [];
  try {
    for (const file of staged) {
      await rename(file.temporary, join(root, file.path));
      done.push(file);
    }
  } catch (error) {
    for (const { path, temporary, before } of done) {
      if (before === undefined) {
        await rm(join(root, path), { force: true });
      } else {
        await writeFile(temporary, before, { mode: (await stat(join(root, path))).mode });
        await rename(temporary, join(root, path));
      }
    }
    throw error;
  }
}
