import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { GoInstallation } from './go';

/** What a built binary depends on. */
export interface BuildInputs {
  /** Folder of go.mod, go.sum and, where there is one, `overlay`. */
  readonly folder: string;
  /** Everything that goes on the command line. */
  readonly buildArguments: readonly string[];
  readonly go: GoInstallation;
}

/** Name of a cache entry: it changes with the pinned modules, the overlay, the flags and the Go version. */
export async function cacheKey(inputs: BuildInputs): Promise<string> {
  const hash = createHash('sha256');
  // Length-prefixed, so that no two lists of parts read the same.
  const add = (part: string): void => {
    hash.update(`${Buffer.byteLength(part)}:${part}`);
  };
  for (const part of [inputs.go.version, inputs.go.platform, ...inputs.buildArguments]) {
    add(part);
  }
  for (const file of await sourceFiles(inputs.folder)) {
    add(relative(inputs.folder, file));
    add(await readFile(file, 'utf8'));
  }
  return hash.digest('hex').slice(0, 16);
}

async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(?:go|mod|sum)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
