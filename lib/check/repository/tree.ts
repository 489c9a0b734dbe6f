import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { usageError } from '../../cli/errors';
import { listedFiles } from '../../dotenv/git';
import { reasonOf } from '../../error-reason';

/** The files of a repository, before any is read. */
export interface FileTree {
  /** Absolute path. */
  readonly root: string;
  /** Paths from the root with forward slashes, sorted. Links are not among them, so nothing outside is ever read. */
  readonly files: readonly string[];
  /** Whether git takes these files, so that what is in them is or will be in its history. */
  readonly taken: boolean;
}

/** Folders with what others made, where no git says so. */
const foreignFolders: ReadonlySet<string> = new Set(['.git', 'node_modules', 'vendor']);

/**
 * Lists the files of a folder: those that git tracks or would take, or, where there is no git or it ignores the whole
 * folder, all but installed packages.
 * @param path folder, or one file
 * @throws CliError if there is nothing
 */
export async function listTree(path: string): Promise<FileTree> {
  const root = resolve(path);
  const status = await lstat(`${root}/.`)
    .catch(async () => await lstat(root))
    .catch((error: unknown) => {
      throw usageError(`${path} cannot be read: ${reasonOf(error)}`, 'name the folder of a repository');
    });
  if (status.isFile()) {
    return { root: dirname(root), files: [basename(root)], taken: false };
  }
  if (!status.isDirectory()) {
    throw usageError(`${path} is neither a folder nor a file`, 'name the folder of a repository');
  }
  const listed = (await listedFiles(root)) ?? [];
  const taken = listed.length > 0;
  const files = taken ? await withNested(root, listed) : await walk(root, '');
  return { root, files: [...new Set(files)].sort(), taken };
}

/** A repository inside the repository is listed as a folder. */
async function withNested(root: string, listed: readonly string[]): Promise<string[]> {
  const nested = listed.filter((path) => path.endsWith('/'));
  const inside = await Promise.all(nested.map(async (path) => await walk(root, path.slice(0, -1))));
  return [...listed.filter((path) => !path.endsWith('/')), ...inside.flat()];
}

async function walk(root: string, from: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [from];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // A folder that may not be read holds nothing that could be checked.
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) {
        files.push(path);
      } else if (entry.isDirectory() && !foreignFolders.has(entry.name)) {
        folders.push(path);
      }
    }
  }
  return files;
}

/** Manifests are far smaller; what is larger is data, and would only take memory. */
const largestFile = 5 * 1024 * 1024;

/** The bytes of a file, or why they are not read. */
export type FileAnswer = { readonly bytes: Buffer } | { readonly reason: string; readonly fix: string };

/** Files in flight at once: enough to keep the disk busy, few enough to keep memory small. */
const readAtOnce = 32;

/** Reads files one after the other, each into an answer; what is no file (any more) is passed over. */
export async function readFiles(
  tree: FileTree,
  paths: readonly string[],
  use: (path: string, answer: FileAnswer) => void,
): Promise<void> {
  for (let start = 0; start < paths.length; start += readAtOnce) {
    const batch = paths.slice(start, start + readAtOnce);
    const answers = await Promise.all(batch.map(async (path) => ({ path, answer: await readBytes(tree, path) })));
    for (const { path, answer } of answers) {
      if (answer) {
        use(path, answer);
      }
    }
  }
}

/** Reads one file of a tree. @returns nothing for what is no file (any more) */
export async function readBytes({ root }: Pick<FileTree, 'root'>, path: string): Promise<FileAnswer | undefined> {
  if (path.includes('\ufffd')) {
    return { reason: 'the name of the file is not UTF-8', fix: 'rename it' };
  }
  try {
    const file = join(root, path);
    const status = await lstat(file);
    if (!status.isFile()) {
      return undefined;
    }
    return status.size > largestFile
      ? {
          reason: `the file has ${Math.ceil(status.size / 1024 / 1024)} MB, and nothing over 5 MB is read`,
          fix: 'split it if it holds manifests',
        }
      : { bytes: await readFile(file) };
  } catch (error) {
    // git still lists a file that was deleted.
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? undefined
      : { reason: `the file cannot be read: ${reasonOf(error)}`, fix: 'correct its permissions' };
  }
}
