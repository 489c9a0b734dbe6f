import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { environmentError, usageError } from '../cli/errors';

/** Whether version control would pick a file up. */
export type GitState = 'ignored' | 'tracked' | 'exposed';

/** The git work tree that a folder is in. */
export interface GitFolder {
  /** Folder of the project. */
  readonly root: string;
  /** Where git keeps its own files: nothing in it is ever committed. */
  readonly gitFolder: string;
}

/**
 * Finds git's own folder for a project.
 * @throws CliError where there is no git, or no work tree: nothing would then say what is ignored
 */
export async function findGitFolder(root: string): Promise<GitFolder> {
  if (!(await isFolder(root))) {
    throw usageError(`${root} is not a folder`, 'correct the path');
  }
  const { code, output, reason } = await git(root, ['rev-parse', '--absolute-git-dir']);
  if (code !== 0) {
    throw reason.startsWith('not a git repository')
      ? environmentError(
          `${root} is in no git work tree, so nothing keeps a .env file out of version control`,
          'run "git init" there, and ignore the files',
        )
      : environmentError(`git refuses ${root}: ${reason}`, `run "git status" there and correct what it says`);
  }
  return { root, gitFolder: output.trim() };
}

/** What git would do with files, by their paths from the root. */
export async function gitStates({ root }: GitFolder, paths: readonly string[]): Promise<Map<string, GitState>> {
  const tracked = new Set(split((await git(root, ['ls-files', '-z', '--', ...paths])).output));
  // https://git-scm.com/docs/git-check-ignore: 0 for some, 1 for none, 128 for an error.
  const { code, output, reason } = await git(root, ['check-ignore', '-z', '--stdin'], `${paths.join('\0')}\0`);
  if (code > 1) {
    throw environmentError(
      `git cannot say what is ignored in ${root}: ${reason}`,
      'declare paths of plain folders, without symbolic links',
    );
  }
  const ignored = new Set(split(output));
  return new Map(
    paths.map((path) => [path, tracked.has(path) ? 'tracked' : ignored.has(path) ? 'ignored' : 'exposed']),
  );
}

/** Example files of environment variables that git tracks, by their paths from the root; none outside of git. */
export async function trackedExamples(root: string): Promise<string[]> {
  const answer = await git(root, ['ls-files', '-z', '--', '*.example', '*.sample', '*.template', '*.dist']).catch(
    () => undefined,
  );
  return split(answer?.code === 0 ? answer.output : '').filter(isExampleFile);
}

/** Whether a file is an example of environment variables by its name. */
export function isExampleFile(path: string): boolean {
  return /(?:^|[/.])env(?:[._-][^/]*)?\.(?:example|sample|template|dist)$/.test(path);
}

/**
 * Files of a folder that git tracks or would take, by their paths from it. A folder that is a repository of its own
 * ends with a slash.
 * @returns nothing outside of git
 */
export async function listedFiles(root: string): Promise<string[] | undefined> {
  const answer = await git(root, ['ls-files', '-co', '--exclude-standard', '-z']).catch(() => undefined);
  return answer?.code === 0 ? split(answer.output) : undefined;
}

/** The lines for `.gitignore` that cover a file and its siblings, such as `.env.production`. */
export function ignoreLines(path: string): readonly string[] {
  return /(?:^|\/)\.env[^/]*$/.test(path) ? ['.env*', '!.env*.example'] : [`/${path}`];
}

/** What is wrong with a file's state, and what to do. */
export function describeExposure(path: string, state: GitState): { what: string; fix: string } | undefined {
  switch (state) {
    case 'ignored':
      return undefined;
    case 'tracked':
      return {
        what: 'git tracks the file, so its values get into the history',
        fix: `run "git rm --cached ${path}", ignore it, and rotate what it held if it was ever committed`,
      };
    case 'exposed':
      return {
        what: 'git does not ignore the file, so "git add" would take it',
        fix: `add to .gitignore: ${ignoreLines(path).join(' and ')}`,
      };
  }
}

function split(output: string): string[] {
  return output.split('\0').filter((path) => path !== '');
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

interface GitAnswer {
  readonly code: number;
  readonly output: string;
  /** What git complains about, in one line. */
  readonly reason: string;
}

/** Warnings may go before the line that says why git stopped. */
function reasonIn(lines: readonly string[]): string {
  return (lines.find((line) => line.startsWith('fatal: ')) ?? lines[0] ?? '').replace(/^fatal: /, '');
}

async function git(root: string, argumentList: readonly string[], input = ''): Promise<GitAnswer> {
  // A hook sets GIT_DIR and GIT_WORK_TREE for another folder than the one that is asked about.
  const environment = { ...process.env, GIT_DIR: undefined, GIT_WORK_TREE: undefined, LC_ALL: 'C' };
  const child = spawn('git', ['-C', root, ...argumentList], { env: environment, stdio: 'pipe' });
  const closed = new Promise<number>((resolve, reject) => {
    child.once('error', () => {
      reject(environmentError('git cannot be run', 'install git'));
    });
    child.once('close', (code) => {
      resolve(code ?? 128);
    });
  });
  // git may end before it has read everything; its exit code says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code, output, words] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, output, reason: reasonIn(words.split('\n')) };
}
