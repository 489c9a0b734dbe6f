import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locateArchive, unpack } from '../../../lib/embedded/toolchain/archive';
import { allTools } from '../../../lib/embedded/toolchain/tools';
import { temporaryFolder } from '../support/temporary';
import { zip } from '../support/zip';

describe('archive', () => {
  const folder = temporaryFolder();
  let archive: string;

  beforeEach(() => {
    archive = join(folder(), 'layer.zip');
    writeFileSync(archive, zip({ 'helm/LICENSE': 'free', 'helm/helm': 'the program' }));
  });

  it('unpacks one file', async () => {
    await unpack(archive, 'helm/helm', join(folder(), 'helm'));
    expect(readFileSync(join(folder(), 'helm'), 'utf8')).toBe('the program');
  });

  it('fails for a file that is not in it', async () => {
    await expect(unpack(archive, 'helm/other', join(folder(), 'x'))).rejects.toMatchObject({
      message: `${archive} has no usable helm/other: no such file in it`,
      fix: 'run "npm ci" again',
    });
  });

  it('fails for an archive that was cut off', async () => {
    writeFileSync(archive, readFileSync(archive).subarray(0, 60));
    await expect(unpack(archive, 'helm/helm', join(folder(), 'x'))).rejects.toThrow('has no usable helm/helm');
  });

  it('finds the npm package of helm and kubectl', async () => {
    const { helm } = allTools();
    if (helm.type !== 'archive') {
      throw new Error('helm is no archive tool');
    }
    const { file, packageVersion } = await locateArchive(helm);
    expect(file).toMatch(/layer\.zip$/);
    expect(packageVersion.major).toBe(2);
  });

  it('fails for an npm package that is not installed', async () => {
    await expect(
      locateArchive({
        type: 'archive',
        name: 'helm',
        npmPackage: '@nobody/nothing',
        archive: 'x.zip',
        entry: 'helm',
        versionArguments: [],
      }),
    ).rejects.toMatchObject({
      message: 'helm comes from the npm package @nobody/nothing, which is not installed',
      fix: expect.stringContaining('NIVESH_SECRETS_HELM') as string,
    });
  });
});
