import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadModule, type GoOptions } from './go';

/**
 * A writable copy of a module with our overlay put over it, for as long as `use` runs.
 * `go build -overlay` refuses files inside the module cache, hence the copy.
 */
export async function withOverlay<T>(
  module: string,
  options: GoOptions,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const source = await downloadModule(module, options);
  const copy = await mkdtemp(join(tmpdir(), 'nivesh-secrets-build-'));
  try {
    await cp(source, copy, { recursive: true });
    await makeWritable(copy);
    await cp(join(options.folder, 'overlay'), copy, { recursive: true, force: true });
    return await use(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Files of the module cache are read-only. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await makeWritable(path);
    } else if (entry.isFile()) {
      await chmod(path, 0o644);
    }
  }
}
