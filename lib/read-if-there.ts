import { readFile } from 'node:fs/promises';

/**
 * The content of a file; nothing where there is none.
 * @throws the file system's error for one that cannot be read
 */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  return await readFile(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
}
