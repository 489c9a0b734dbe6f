import { execFileSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Layout } from '../../lib/embedded/layout';
import { temporaryFolder } from './support/temporary';

describe('the folder of a platform', () => {
  const folder = temporaryFolder();

  it('is for its owner only, and git takes nothing of it', async () => {
    execFileSync('git', ['init', '--quiet', folder()]);
    const layout = new Layout(join(folder(), '.embedded'));
    await layout.make();
    writeFileSync(join(layout.root, 'root-token'), '');
    expect(statSync(layout.root).mode & 0o777).toBe(0o700);
    expect(execFileSync('git', ['-C', folder(), 'status', '--short'], { encoding: 'utf8' })).toBe('');
  });

  it('hides nothing where somebody has files already', async () => {
    writeFileSync(join(folder(), 'mine'), '');
    await new Layout(folder()).make();
    expect(existsSync(join(folder(), '.gitignore'))).toBe(false);
  });
});
