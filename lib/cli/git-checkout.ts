import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { environmentError, usageError } from './errors';

/** What `git` prints, without its last line end. */
export async function git(folder: string, ...argumentList: readonly string[]): Promise<string> {
  // A hook sets these for another folder than the one that is asked about.
  const environment = { ...process.env, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined };
  const { stdout } = await promisify(execFile)('git', ['-C', folder, ...argumentList], {
    env: environment,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trimEnd();
}

/** `commit 1a2b3c4 of 2026-11-26`, and whether files differ from it; nothing outside of git. */
export async function describeCommit(folder: string): Promise<string | undefined> {
  try {
    const commit = await git(folder, 'log', '-1', '--format=commit %h of %cs');
    const changes = await git(folder, 'status', '--porcelain', '--', folder);
    return changes === '' ? commit : `${commit}, with changes that are not committed`;
  } catch {
    return undefined;
  }
}

/**
 * Works on a project as it is at a commit: in a temporary work tree beside the repository, which is removed afterwards.
 * The packages are those of the project as it is now, so nothing is installed.
 * @param root folder of the project, which may be below that of the repository
 * @param ref branch, tag or commit
 * @throws CliError if there is no such commit, or no repository
 */
export async function withCheckout<T>(root: string, ref: string, work: (root: string) => Promise<T> | T): Promise<T> {
  const top = await git(root, 'rev-parse', '--show-toplevel').catch(() => {
    throw environmentError(`${root} is in no git work tree`, 'name a file that "matrix --format json" wrote');
  });
  const commit = await git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`).catch(
    () => {
      throw usageError(
        `there is no file and no commit "${ref}"`,
        'name a file that "matrix --format json" wrote, or fetch the branch, tag or commit',
      );
    },
  );
  const folder = await mkdtemp(join(tmpdir(), 'nivesh-secrets-base-'));
  const checkout = join(folder, 'base');
  try {
    await git(root, 'worktree', 'add', '--quiet', '--detach', checkout, commit);
    const inside = relative(top, root);
    sharePackages(top, checkout, inside);
    return await work(join(checkout, inside));
  } finally {
    await git(root, 'worktree', 'remove', '--force', checkout).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Installed packages of the project and of every folder above it, up to the repository's. */
function sharePackages(top: string, checkout: string, inside: string): void {
  for (let folder = inside; ; folder = dirname(folder)) {
    const installed = join(top, folder, 'node_modules');
    const link = join(checkout, folder, 'node_modules');
    if (existsSync(installed) && !existsSync(link)) {
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(installed, link, 'dir');
    }
    if (folder === '' || folder === '.') {
      return;
    }
  }
}
