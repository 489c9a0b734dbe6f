import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../lib/embedded/toolchain/cache';
import { packageRoot } from '../../lib/package-root';

const run = promisify(execFile);

/**
 * Folder of the Python programs that end-to-end tests run: a virtual environment with what
 * `tools/python/requirements.txt` pins by version and hash, made once.
 */
export async function pythonTools(): Promise<string> {
  const requirements = join(packageRoot(), 'tools', 'python', 'requirements.txt');
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), 'python', key);
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    // A virtual environment cannot be moved, so one that was broken off is made anew in its place.
    rmSync(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]);
    const install = ['install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--requirement'];
    await run(join(folder, 'bin', 'pip'), [...install, requirements]);
    writeFileSync(complete, '');
  }
  return join(folder, 'bin');
}
