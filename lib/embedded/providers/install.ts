import { mkdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Packages that have a stand-in for their published plugin. */
export const standIns = ['kubernetes', 'vault'] as const;

/**
 * Writes the executables `pulumi-resource-kubernetes` and `pulumi-resource-vault`, which the engine finds where the
 * folder is on its PATH (https://www.pulumi.com/docs/iac/cli/environment-variables/, PULUMI_IGNORE_AMBIENT_PLUGINS).
 * They run the compiled stand-ins, or the sources by tsx where this file itself is a source. Beside them stands
 * `pulumi-analyzer-policy-nodejs`, which the engine runs policy packs with where it has no language plugin.
 * @param folder where they go; it is made where it is missing
 */
export async function installStandIns(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const extension = extname(__filename);
  const loader = extension === '.ts' ? ['--import', pathToFileURL(require.resolve('tsx')).href] : [];
  for (const name of standIns) {
    await writeLauncher(join(folder, `pulumi-resource-${name}`), [...loader, join(__dirname, `${name}${extension}`)]);
  }
  await writeLauncher(join(folder, 'pulumi-analyzer-policy-nodejs'), [
    require.resolve('@pulumi/pulumi/cmd/run-policy-pack'),
  ]);
}

async function writeLauncher(file: string, nodeArguments: readonly string[]): Promise<void> {
  const command = [process.execPath, ...nodeArguments].map(quoted).join(' ');
  await writeFile(file, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
}

/** One word of a shell command. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
