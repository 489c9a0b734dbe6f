import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, runCommand } from '../support/command-line';
import { freePort } from '../support/free-port';

/** A machine that has Python, and never reached a package index. */
describe('nivesh-secrets scan without PyPI', () => {
  let folder: string;
  let home: string;
  let index: string;
  const secret = randomBytes(32).toString('hex');

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scan-offline-'));
    home = join(folder, 'home');
    mkdirSync(home);
    execFileSync('git', ['init', '--quiet', folder]);
    writeFileSync(join(folder, '.gitignore'), 'home/\n');
    index = `http://127.0.0.1:${await freePort()}/simple`;
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function scan(...options: string[]): Promise<CommandResult> {
    const env = {
      HOME: home,
      NIVESH_SECRETS_CACHE: join(home, 'cache'),
      PIP_CONFIG_FILE: '/dev/null',
      PIP_INDEX_URL: index,
    };
    return await runCommand(['scan', ...options], { cwd: folder, env });
  }

  const why = 'its packages cannot be installed: pip cannot reach its package index: Connection refused';
  const fix = 'let this machine reach PyPI, or a mirror that pip is configured for, and run this again';

  it('says what failed, what ran and how to go on, and still finds a secret', async () => {
    writeFileSync(join(folder, 'config.yaml'), `password: ${secret}\n`);
    const { code, stdout, stderr } = await scan();
    expect([code, stderr]).toEqual([1, 'installing detect-secrets in the cache, once\n']);
    expect(stdout).toContain('config.yaml:1:11: a value of 64 characters that looks like a secret');
    expect(stdout).toContain(`detect-secrets did not run: ${why}; catalog and secretlint did; to have it, ${fix}\n`);
  }, 60_000);

  it('says the same where nothing is found, in JSON too', async () => {
    const { code, stdout } = await scan('--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ findings: [], detectors: ['catalog', 'secretlint'], withoutDetectSecrets: why }),
    ]);
  }, 60_000);

  it('fails where detect-secrets is required, and the next run tries again', async () => {
    for (let run = 0; run < 2; run += 1) {
      const { code, stdout, stderr } = await scan('--require', 'detect-secrets');
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toBe(
        `installing detect-secrets in the cache, once\nerror: detect-secrets is required and cannot run: ${why}\nfix: ${fix}\n`,
      );
    }
  }, 120_000);

  it('proves itself with what runs, says what does not, and tries once', async () => {
    const { code, stdout, stderr } = await scan('--self-test');
    expect([code, stderr]).toEqual([0, 'installing detect-secrets in the cache, once\n']);
    expect(stdout).toContain('by catalog, secretlint\n');
    expect(stdout).toContain(`detect-secrets did not run: ${why}`);
  }, 60_000);

  it('does not wait for an installation before a commit, and says so', async () => {
    const { code, stdout, stderr } = await scan('--staged');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      'detect-secrets did not run: it is not installed yet; catalog and secretlint did; to have it, run "nivesh-secrets scan" once',
    );
  });
});
