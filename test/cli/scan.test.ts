import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../lib/embedded/toolchain/cache';
import { type CommandResult, runCommand } from '../support/command-line';

describe('nivesh-secrets scan', () => {
  let folder: string;
  const secret = randomBytes(32).toString('hex');

  function git(...argumentList: string[]): void {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
    execFileSync('git', ['-C', folder, ...identity, ...argumentList], { stdio: 'ignore' });
  }

  async function scan(...options: string[]): Promise<CommandResult> {
    const env = { NIVESH_SECRETS_CACHE: cacheFolder() };
    return await runCommand(['scan', ...options], { cwd: folder, env });
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'scan-'));
    git('init', '--quiet', '--initial-branch', 'main');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds a secret in the work tree, and does not print it', async () => {
    writeFileSync(join(folder, 'config.yaml'), `redis:\n  password: ${secret}\n`);
    const { code, stdout } = await scan();
    expect(code).toBe(1);
    expect(stdout).toContain('config.yaml:2:13: a value of 64 characters that looks like a secret (secret-name)');
    expect(stdout).not.toContain(secret);
  });

  it('looks at what is staged, not at the work tree', async () => {
    writeFileSync(join(folder, '.env'), `JWT_SECRET=${secret}\n`);
    expect((await scan('--staged')).code).toBe(0);
    git('add', '.env');
    writeFileSync(join(folder, '.env'), 'JWT_SECRET=\n');
    const { code, stdout } = await scan('--staged', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ path: '.env', line: 1, rule: 'secret-name' }], files: 1 });
  });

  it('finds in the history what was removed, also where no branch leads to it', async () => {
    writeFileSync(join(folder, '.env'), `JWT_SECRET=${secret}\n`);
    git('add', '.env');
    git('commit', '--quiet', '--message', 'first');
    git('rm', '--quiet', '.env');
    git('commit', '--quiet', '--message', 'second', '--amend', '--allow-empty');
    expect((await scan()).code).toBe(0);
    for (const option of ['--history', '--all']) {
      const { code, stdout } = await scan(option);
      expect([option, code]).toEqual([option, 1]);
      expect(stdout).toMatch(/^\.env:1:12 \(commit [0-9a-f]{10} of \d{4}-\d\d-\d\d\): /);
    }
  });

  it('finds with --all what was committed and git was told not to check out', async () => {
    writeFileSync(join(folder, '.env'), `JWT_SECRET=${secret}\n`);
    git('add', '.env');
    git('commit', '--quiet', '--message', 'first');
    git('update-index', '--skip-worktree', '.env');
    rmSync(join(folder, '.env'));
    const { code, stdout } = await scan('--all');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\.env:1:12 \(commit [0-9a-f]{10} /);
  });

  it.each([
    ['--dry-run', '--install'],
    ['--enable', '--github'],
    ['--repository=a/b', '--github'],
  ])('fails for %s without %s', async (option, mode) => {
    const { code, stderr } = await runCommand(['scan', option], { cwd: folder });
    const name = option.split('=')[0] ?? '';
    expect([code, stderr]).toEqual([2, `error: "${name}" was given without "${mode}"\nfix: add "${mode}"\n`]);
  });

  it('fails outside of a repository, and with two scans at once', async () => {
    rmSync(join(folder, '.git'), { recursive: true });
    const outside = await scan();
    expect([outside.code, outside.stderr.split('\n').slice(1)]).toEqual([
      3,
      ['fix: run this in the work tree of a git repository that this user owns', ''],
    ]);
    const both = await scan('--staged', '--all');
    expect([both.code, both.stderr]).toEqual([
      2,
      'error: "--staged" and "--all" are different things to do\nfix: give one of them\n',
    ]);
  });
});
