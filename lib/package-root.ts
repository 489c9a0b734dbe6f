import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface PackageManifest {
  readonly name: string;
  readonly version: string;
}

function find(folder: string): { readonly root: string; readonly manifest: PackageManifest } {
  const file = join(folder, 'package.json');
  const manifest = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PackageManifest) : undefined;
  if (manifest?.name === 'nivesh-secrets') {
    return { root: folder, manifest };
  }
  if (folder === dirname(folder)) {
    throw new Error(`the package nivesh-secrets is incomplete: no package.json above ${__dirname}`);
  }
  return find(dirname(folder));
}

/** Folder of this package, whether its sources or its compiled code run. */
export function packageRoot(): string {
  return find(__dirname).root;
}

/** Version of this package. */
export function packageVersion(): string {
  return find(__dirname).manifest.version;
}
