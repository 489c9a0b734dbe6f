import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zip } from './zip';

/** Name and version of the only module on {@link makeGoProxy}. */
export const tinyModule = { name: 'example.test/tiny', version: 'v1.2.3' } as const;

/**
 * A module proxy in a folder (https://go.dev/ref/mod#goproxy-protocol) with one module, whose program prints a version.
 * @returns variables for the `go` command
 */
export function makeGoProxy(folder: string): Record<string, string> {
  const { name, version } = tinyModule;
  const versions = join(folder, 'proxy', name, '@v');
  mkdirSync(versions, { recursive: true });
  const goMod = `module ${name}\n\ngo 1.21\n`;
  const root = `${name}@${version}`;
  writeFileSync(join(versions, 'list'), `${version}\n`);
  writeFileSync(join(versions, `${version}.info`), JSON.stringify({ Version: version }));
  writeFileSync(join(versions, `${version}.mod`), goMod);
  writeFileSync(
    join(versions, `${version}.zip`),
    zip({
      [`${root}/go.mod`]: goMod,
      [`${root}/main.go`]: `package main\n\nfunc main() { println("tiny " + version()) }\n`,
      [`${root}/version.go`]: `package main\n\nfunc version() string { return "1.2.3" }\n`,
    }),
  );
  return {
    GOPROXY: `file://${join(folder, 'proxy')}`,
    GOMODCACHE: join(folder, 'modules'),
    GONOSUMDB: '*',
    GOFLAGS: '-modcacherw',
  };
}

/** Our own module that pins the tiny one, with the go.sum that the go command writes. */
export function makePinningModule(folder: string, variables: Record<string, string>): string {
  const { name, version } = tinyModule;
  const pinning = join(folder, 'pinning');
  mkdirSync(pinning);
  writeFileSync(join(pinning, 'go.mod'), `module pinning\n\ngo 1.24\n\ntool ${name}\n\nrequire ${name} ${version}\n`);
  execFileSync('go', ['mod', 'tidy'], { cwd: pinning, env: { ...process.env, ...variables }, stdio: 'pipe' });
  return pinning;
}
