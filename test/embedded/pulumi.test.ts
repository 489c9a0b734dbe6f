import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStack } from '../../lib/embedded/pulumi';

describe('a stack', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stack-'));

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('fails to be opened in one line when the engine cannot be started', async () => {
    const opening = openStack({
      directory,
      engine: join(directory, 'nowhere', 'pulumi'),
      projectName: 'project',
      stackName: 'local',
      program: () => Promise.reject(new Error('the program was run')),
    });
    await expect(opening).rejects.toThrow(/^pulumi opening the stack local failed: .*ENOENT/);
    await expect(opening).rejects.not.toThrow('\n');
  });
});
