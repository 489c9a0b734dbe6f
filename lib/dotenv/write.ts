import { randomBytes } from 'node:crypto';
import { access, chmod, copyFile, mkdir, mkdtemp, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { environmentError } from '../cli/errors';
import { reasonOf } from '../error-reason';
import { readIfThere } from '../read-if-there';
import type { GitFolder } from './git';
import type { PlannedFile } from './plan';

/** Permissions of every `.env` file: its owner reads and writes it, nobody else. */
export const privateMode = 0o600;

/**
 * Replaces every file whose text changes, each in one step: a reader sees the old text or the new one. All new texts are
 * on disk before the first is put in its place. Files that are as planned keep their time; only their mode is corrected.
 * @throws CliError when somebody changed a file since it was read, or when a folder cannot be written to; nothing is
 * replaced then
 */
export async function writeDotenvFiles(folder: GitFolder, files: readonly PlannedFile[]): Promise<void> {
  const aside = join(await privateFolder(folder), 'new');
  // What a killed run left behind.
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { mode: 0o700 });
  try {
    for (const file of files) {
      await refuseChanged(folder, file);
    }
    const changed = files.filter(({ before, content }) => before?.reveal() !== content.reveal());
    await refuseReadOnly(folder, changed);
    const prepared: Prepared[] = [];
    for (const { path, content } of changed) {
      const from = join(aside, randomBytes(8).toString('hex'));
      await writePrivate(from, content.reveal());
      prepared.push({ path, from, to: join(folder.root, path) });
    }
    await replaceAll(prepared);
    const unchanged = files.filter((file) => !changed.includes(file));
    for (const { path } of unchanged) {
      await makePrivate(join(folder.root, path));
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/**
 * A folder inside git's own, which git never commits.
 * @throws CliError when it cannot be made
 */
export async function privateFolder({ gitFolder }: GitFolder): Promise<string> {
  const folder = join(gitFolder, 'nivesh-secrets');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // It may be there and belong to root, after a run with sudo.
    await rmdir(await mkdtemp(join(folder, 'try-')));
  } catch (error) {
    throw environmentError(`${folder} cannot be written to: ${reasonOf(error)}`, `correct the owner of ${gitFolder}`);
  }
  return folder;
}

interface Prepared {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

async function refuseReadOnly({ root }: GitFolder, files: readonly PlannedFile[]): Promise<void> {
  const refused: string[] = [];
  for (const { path } of files) {
    const folder = await existingFolder(dirname(join(root, path)));
    // Permissions do not say it all (read-only file systems, quotas). git does not see an empty folder.
    await mkdtemp(join(folder, '.env.')).then(rmdir, () => refused.push(folder));
  }
  if (refused.length > 0) {
    throw environmentError(
      `nothing was written, this user cannot write to ${[...new Set(refused)].join(', ')}`,
      'correct the permissions or the owner, then run it again',
    );
  }
}

/** The folder, or the next one above it that is there. */
async function existingFolder(folder: string): Promise<string> {
  return await access(folder).then(
    () => folder,
    async () => (folder === dirname(folder) ? folder : await existingFolder(dirname(folder))),
  );
}

async function replaceAll(prepared: readonly Prepared[]): Promise<void> {
  const done: string[] = [];
  for (const { path, from, to } of prepared) {
    try {
      await mkdir(dirname(to), { recursive: true });
      await replace(from, to);
    } catch (error) {
      const before = done.length === 0 ? 'nothing was written' : `written before that: ${done.join(', ')}`;
      throw environmentError(
        `${path} cannot be replaced: ${reasonOf(error)}; ${before}`,
        'correct it, then run it again',
      );
    }
    done.push(path);
  }
}

async function makePrivate(file: string): Promise<void> {
  if (((await stat(file)).mode & 0o777) === privateMode) {
    return;
  }
  await chmod(file, privateMode).catch((error: unknown) => {
    throw environmentError(`the mode of ${file} cannot be set: ${reasonOf(error)}`, 'correct its owner');
  });
}

async function refuseChanged({ root }: GitFolder, { path, before }: PlannedFile): Promise<void> {
  const now = await readIfThere(join(root, path));
  if (now?.toString('utf8') !== before?.reveal()) {
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
