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

/** The Python programs that this package uses, pinned by version and hash. */
const requirements = join(packageRoot(), 'tools', 'python', 'requirements.txt');

/**
 * Folder of the Python programs (detect-secrets, pre-commit, git-filter-repo): a virtual environment in the cache, made
 * once of what is pinned (https://pip.pypa.io/en/stable/topics/secure-installs/).
 * @param report says what takes a while, the first time
 * @throws CliError where there is no Python, or its packages cannot be installed
 */
export async function pythonTools(report: (line: string) => void = () => undefined): Promise<string> {
  const python = await pythonVersion();
  const key = createHash('sha256')
    .update(python)
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheFolder(), 'python', key);
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    await mkdir(dirname(folder), { recursive: true });
    await withLock(`${folder}.lock`, {}, async () => {
      if (!existsSync(complete)) {
        report('installing detect-secrets, once');
        await install(folder);
        await writeFile(complete, '');
      }
    });
  }
  return join(folder, 'bin');
}

/** A virtual environment belongs to the Python that made it. */
async function pythonVersion(): Promise<string> {
  try {
    const { stdout } = await run('python3', ['-c', 'import sys, venv; print(sys.executable, sys.version)']);
    return stdout;
  } catch {
    throw environmentError('there is no python3 with the module venv', 'install Python 3.10 or newer');
  }
}

async function install(folder: string): Promise<void> {
  // A virtual environment cannot be moved, so one that was broken off is made anew in its place.
  await rm(folder, { recursive: true, force: true });
  const flags = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--only-binary', ':all:'];
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...flags, '--requirement', requirements]);
  } catch (error) {
    const words = (error as { stderr?: string }).stderr ?? '';
    throw environmentError(
      `the Python packages of ${requirements} cannot be installed: ${lastLine(words)}`,
      'let this machine reach PyPI, or a mirror that pip is configured for, and run this again',
    );
  }
}

/** pip says in its last line what its attempts before came to. */
function lastLine(words: string): string {
  return words.trim().split('\n').at(-1) ?? '';
}
