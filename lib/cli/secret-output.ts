import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../error-reason';
import type { SecretValue } from '../values/secret-value';
import { usageError } from './errors';

/**
 * Writes values to a new file of mode 0600, in the form that `readSecretMap` reads.
 * @param values by `path.field`
 * @throws CliError when the file exists, or when git would take it; nothing is written then
 */
export async function writeSecretMap(file: string, values: ReadonlyMap<string, SecretValue>): Promise<void> {
  await refuseVersionControl(file);
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw usageError(`${file} cannot be made: ${reasonOf(error)}`, 'name a new file in a folder that exists');
  });
  try {
    await handle.writeFile(`${JSON.stringify(nest(values), null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function nest(values: ReadonlyMap<string, SecretValue>): Record<string, Record<string, string>> {
  const paths: Record<string, Record<string, string>> = {};
  for (const [id, value] of values) {
    const dot = id.lastIndexOf('.');
    (paths[id.slice(0, dot)] ??= {})[id.slice(dot + 1)] = value.reveal();
  }
  return paths;
}

/** `git check-ignore` exits with 0 for an ignored file, 1 for another one, 128 outside a repository. */
async function refuseVersionControl(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  const code = await promisify(execFile)('git', ['-C', folder, 'check-ignore', '--quiet', basename(file)]).then(
    () => 0,
    (error: unknown) => (error as { code?: unknown }).code,
  );
  if (code === 1) {
    throw usageError(
      `${file} would be under version control`,
      `add ${basename(file)} to .gitignore, or name a file outside the repository`,
    );
  }
}
