import { cacheFolder } from '../../lib/embedded/toolchain/cache';
import { runCommand } from '../support/command-line';

describe('this repository', () => {
  it('holds no secret that a scan finds, without a baseline', async () => {
    const env = { NIVESH_SECRETS_CACHE: cacheFolder() };
    const { code, stdout } = await runCommand(['scan', '--require', 'detect-secrets'], { env });
    expect(stdout).toMatch(/^no secrets in \d+ files\n/);
    expect(code).toBe(0);
  });
});
