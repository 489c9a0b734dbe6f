import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildInputs, cacheKey } from '../../../lib/embedded/toolchain/cache-key';
import { temporaryFolder } from '../support/temporary';

describe('cacheKey', () => {
  const folder = temporaryFolder();
  let inputs: BuildInputs;

  beforeEach(() => {
    writeFileSync(join(folder(), 'go.mod'), 'module a\n');
    writeFileSync(join(folder(), 'go.sum'), 'b v1 h1:x\n');
    mkdirSync(join(folder(), 'overlay', 'pkg'), { recursive: true });
    writeFileSync(join(folder(), 'overlay', 'pkg', 'register.go'), 'package register\n');
    inputs = {
      folder: folder(),
      buildArguments: ['build', '-ldflags', '-s -w', 'b/cmd'],
      go: { version: 'go1.26.8', platform: 'linux/amd64/1' },
    };
  });

  it('is the same for the same inputs, wherever they lie', async () => {
    const before = await cacheKey(inputs);
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    writeFileSync(join(folder(), 'README.md'), 'not an input');
    expect(await cacheKey(inputs)).toBe(before);
  });

  it.each<[string, (now: BuildInputs) => BuildInputs]>([
    ['the Go version', (now) => ({ ...now, go: { ...now.go, version: 'go1.26.9' } })],
    ['the platform', (now) => ({ ...now, go: { ...now.go, platform: 'linux/arm64/1' } })],
    ['a flag', (now) => ({ ...now, buildArguments: ['build', '-ldflags', '-s', 'b/cmd'] })],
    ['where an argument ends', (now) => ({ ...now, buildArguments: ['build', '-ldflags -s -w', 'b/cmd'] })],
    ...['go.mod', 'go.sum', 'overlay/pkg/register.go', 'overlay/pkg/new.go'].map(
      (file): [string, (now: BuildInputs) => BuildInputs] => [
        file,
        (now) => {
          writeFileSync(join(now.folder, file), 'changed\n');
          return now;
        },
      ],
    ),
  ])('changes with %s', async (_, change) => {
    const before = await cacheKey(inputs);
    expect(await cacheKey(change(inputs))).not.toBe(before);
  });
});
