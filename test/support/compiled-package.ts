import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { packageRoot } from '../../lib/package-root';

/**
 * Makes this package as users have it in their `node_modules`, for programs that load it from there: the library compiled
 * from its sources as they are now.
 * @param project folder of a user's project
 * @returns the folder of the package
 */
export function installPackage(project: string): string {
  const folder = join(project, 'node_modules/nivesh-secrets');
  for (const part of ['imports', 'lib']) {
    for (const file of readdirSync(join(packageRoot(), part), { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.ts')) {
        const target = join(folder, 'build', part, file.replace(/\.ts$/, '.js'));
        const { code } = transformFileSync(join(packageRoot(), part, file), {
          jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
          module: { type: 'commonjs' },
        });
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, code);
      }
    }
  }
  for (const name of ['package.json', 'policy-pack']) {
    cpSync(join(packageRoot(), name), join(folder, name), { recursive: true });
  }
  // Packages for development are not there.
  for (const name of runtimePackages()) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(packageRoot(), 'node_modules', name), link);
  }
  return folder;
}

function runtimePackages(): string[] {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return Object.keys(manifest.dependencies);
}
