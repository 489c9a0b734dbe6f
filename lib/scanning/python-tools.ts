import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { environmentError } from '../cli/errors';
import { withLock } from '../embedded/lock';
import { cacheFolder } from '../embedded/toolchain/cache';
import { packageRoot } from '../package-root';

const run = promisify(execFile);

/** Pins the Python programs that this package uses by version and hash. */
export const pythonRequirements = join(packageRoot(), 'tools', 'python', 'requirements.txt');

export interface PythonToolsOptions {
  /** Whether to install them where they are not yet. @default true */
  readonly install?: boolean;
  /** Says what takes a while, the first time. @default - nobody is told */
  readonly report?: (line: string) => void;
}

/**
 * Folder of the Python programs (detect-secrets, pre-commit, git-filter-repo): a virtual environment in the cache, made
 * once of what is pinned (https://pip.pypa.io/en/stable/topics/secure-installs/).
 * @throws CliError where they are not installed and cannot be
 */
export async function pythonTools(options: PythonToolsOptions = {}): Promise<string> {
  const { install: mayInstall = true, report = () => undefined } = options;
  const key = createHash('sha256')
    .update(await readFile(pythonRequirements))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheFolder(), 'python', key);
  // The link to a Python that was removed leads nowhere.
  const isComplete = (): boolean => existsSync(join(folder, 'complete')) && existsSync(join(folder, 'bin', 'python'));
  if (!isComplete()) {
    if (!mayInstall) {
      throw environmentError('it is not installed yet', 'run "nivesh-secrets scan" once');
    }
    await requirePython();
    await mkdir(dirname(folder), { recursive: true });
    await withLock(`${folder}.lock`, {}, async () => {
      if (!isComplete()) {
        await installOnce(folder, report);
        await writeFile(join(folder, 'complete'), '');
      }
    });
  }
  return join(folder, 'bin');
}

/** A program that scans several times waits for the network only once. */
const failures = new Map<string, Error>();

async function installOnce(folder: string, report: (line: string) => void): Promise<void> {
  const failure = failures.get(folder);
  if (failure) {
    throw failure;
  }
  report('installing detect-secrets in the cache, once');
  try {
    await install(folder);
  } catch (error) {
    failures.set(folder, error as Error);
    throw error;
  }
}

async function requirePython(): Promise<void> {
  try {
    await run('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']);
  } catch {
    throw environmentError('there is no python3 of version 3.10 or newer with the module venv', 'install it');
  }
}

async function install(folder: string): Promise<void> {
  // A virtual environment cannot be moved, so one that was broken off is made anew in its place.
  await rm(folder, { recursive: true, force: true });
  const flags = [
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '--only-binary',
    ':all:',
    '--retries',
    '1',
  ];
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...flags, '--requirement', pythonRequirements]);
  } catch (error) {
    const words = (error as { stderr?: string }).stderr ?? '';
    throw environmentError(
      `its packages cannot be installed: ${reasonOfPip(words)}`,
      'let this machine reach PyPI, or a mirror that pip is configured for, and run this again',
    );
  }
}

/** What pip says at last is that there is no such package, where it could not ask for it. */
export function reasonOfPip(words: string): string {
  const lines = words.trim().split('\n');
  const [, broken] = /after connection broken by '.*: (?:\[Errno -?\d+\] )?([^:]+?)['"]\)': /.exec(words) ?? [];
  return broken === undefined
    ? (lines.at(-1) ?? '').replace(/^ERROR: /, '')
    : `pip cannot reach its package index: ${broken}`;
}
