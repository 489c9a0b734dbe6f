import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { environmentError } from '../cli/errors';
import type { GitFolder } from './git';
import type { PlannedFile } from './plan';

/** Permissions of every `.env` file: its owner reads and writes it, nobody else. */
export const privateMode = 0o600;

/**
 * Replaces every file whose text changes, each in one step: a reader sees the old text or the new one. All new texts are
 * on disk before the first is put in its place. Files that are as planned keep their time; only their mode is corrected.
 * @throws CliError when somebody changed a file since it was read; nothing is replaced then
 */
export async function writeDotenvFiles(folder: GitFolder, files: readonly PlannedFile[]): Promise<void> {
  const aside = join(folder.gitFolder, 'nivesh-secrets', 'new');
  // What a killed run left behind.
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true, mode: 0o700 });
  try {
    for (const file of files) {
      await refuseChanged(folder, file);
    }
    const changed = files.filter(({ before, content }) => before?.reveal() !== content.reveal());
    const prepared: { from: string; to: string }[] = [];
    for (const { path, content } of changed) {
      const from = join(aside, randomBytes(8).toString('hex'));
      await writePrivate(from, content.reveal());
      prepared.push({ from, to: join(folder.root, path) });
    }
    for (const { from, to } of prepared) {
      await mkdir(dirname(to), { recursive: true });
      await replace(from, to);
    }
    const unchanged = files.filter((file) => !changed.includes(file));
    for (const { path } of unchanged) {
      await chmod(join(folder.root, path), privateMode);
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function refuseChanged({ root }: GitFolder, { path, before }: PlannedFile): Promise<void> {
  const now = await readFile(join(root, path), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (now !== before?.reveal()) {
    throw environmentError(`${path} was changed while this ran, so nothing was written`, 'run it again');
  }
}

async function writePrivate(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', privateMode);
  try {
    await handle.writeFile(content, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function replace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') {
      throw error;
    }
    // git's folder is on another file system: one more copy, beside the file.
    const beside = join(dirname(to), `.env.${basename(from)}`);
    try {
      await copyFile(from, beside);
      await chmod(beside, privateMode);
      await rename(beside, to);
    } finally {
      await rm(beside, { force: true });
    }
  }
  const folder = await open(dirname(to), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
