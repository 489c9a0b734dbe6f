import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reasonOf } from '../error-reason';
import { replaceFiles } from '../replace-files';
import { planSetup, type SetupFile } from '../scanning/setup/project-files';
import { environmentError, usageError } from './errors';
import { git } from './git-checkout';
import { print, printJson, table } from './output';

/** Options of `nivesh-secrets scan --install`. */
export interface ScanInstallFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Writes the hook, the ignored files and the workflow of the repository that the command is run in. */
export async function scanInstall({ dryRun = false, json }: ScanInstallFlags): Promise<void> {
  const root = await topOfRepository();
  const files = await planSetup(root);
  const changed = files.filter(({ before, after }) => before !== after);
  if (!dryRun) {
    await replaceFiles(root, new Map(changed.map(({ path, after }) => [path, after]))).catch((error: unknown) => {
      throw environmentError(`nothing was written: ${reasonOf(error)}`, 'correct it, then run this again');
    });
  }
  if (json) {
    printJson({ dryRun, files: files.map((file) => ({ path: file.path, state: stateOf(file) })) });
    return;
  }
  if (dryRun) {
    process.stdout.write(await diffOf(changed));
    return;
  }
  print(
    table(
      ['FILE', ''],
      files.map((file) => [file.path, stateOf(file)]),
    ),
  );
  if (changed.length > 0) {
    print('next: pip install pre-commit && pre-commit install, then commit these files');
  }
}

function stateOf({ before, after }: SetupFile): 'written' | 'added to' | 'complete' {
  return before === undefined ? 'written' : before === after ? 'complete' : 'added to';
}

async function topOfRepository(): Promise<string> {
  const here = await realpath(process.cwd());
  const top = await git(here, 'rev-parse', '--show-toplevel').catch(() => {
    throw environmentError(`${here} is in no git work tree`, 'run "git init" there');
  });
  if (top !== here) {
    throw usageError(
      `hooks and workflows belong to the whole repository, got the folder ${here}, allowed: ${top}`,
      'run this there',
    );
  }
  return top;
}

/** What would change, as git shows it: `git apply` takes it. */
async function diffOf(files: readonly SetupFile[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nivesh-secrets-diff-'));
  try {
    for (const { path, before, after } of files) {
      await writeTo(join(folder, 'b', path), after);
      if (before !== undefined) {
        await writeTo(join(folder, 'a', path), before);
      }
    }
    await mkdir(join(folder, 'a'), { recursive: true });
    await mkdir(join(folder, 'b'), { recursive: true });
    return await gitDiff(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeTo(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function gitDiff(folder: string): Promise<string> {
  const options = ['--no-index', '--no-prefix', '--no-color', '--no-ext-diff', '--', 'a', 'b'];
  return await new Promise((resolve, reject) => {
    execFile('git', ['-c', 'core.autocrlf=false', 'diff', ...options], { cwd: folder }, (error, stdout) => {
      // 1 says that there are differences.
      if (error && error.code !== 1) {
        reject(environmentError(`git cannot compare files: ${reasonOf(error)}`, 'install git'));
        return;
      }
      resolve(stdout);
    });
  });
}
