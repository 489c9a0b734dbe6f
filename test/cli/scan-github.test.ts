import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type CommandResult, runCommand } from '../support/command-line';
import { FakeGithub } from '../support/fake-github';

const token = randomBytes(20).toString('hex');
let github: FakeGithub;
let folder: string;

beforeEach(async () => {
  github = await FakeGithub.start('nivesh/nivesh', token);
  folder = mkdtempSync(join(tmpdir(), 'scan-github-'));
  execFileSync('git', ['init', '--quiet', folder]);
  execFileSync('git', ['-C', folder, 'remote', 'add', 'origin', 'git@github.com:nivesh/nivesh.git']);
});

afterEach(async () => {
  await github.stop();
  rmSync(folder, { recursive: true });
});

async function scan(
  options: readonly string[],
  env: Record<string, string> = { GH_TOKEN: token },
): Promise<CommandResult> {
  const result = await runCommand(['scan', '--github', ...options], {
    cwd: folder,
    env: { GITHUB_API_URL: github.api, ...env },
  });
  expect(result.stdout + result.stderr).not.toContain(token);
  return result;
}

it('shows what is off, and exits with 1', async () => {
  const { code, stdout } = await scan([]);
  expect(code).toBe(1);
  expect(stdout).toMatchInlineSnapshot(`
   "SETTING                STATUS
   secret scanning        off
   push protection        off
   non-provider patterns  off     optional
   validity checks        off     optional: set in the settings of the organization or repository
   nivesh/nivesh: secret scanning is off
     fix: run "nivesh-secrets scan --github --enable"
   nivesh/nivesh: push protection is off
     fix: run "nivesh-secrets scan --github --enable"
   2 findings
   "
  `);
  expect(github.calls).toEqual(['GET /repos/nivesh/nivesh']);
});

it('turns it on', async () => {
  const { code, stdout } = await scan(['--enable']);
  expect(stdout).toMatchInlineSnapshot(`
   "SETTING                STATUS
   secret scanning        turned on
   push protection        turned on
   non-provider patterns  turned on
   validity checks        off        optional: set in the settings of the organization or repository
   fine: GitHub looks for secrets in nivesh/nivesh, and refuses pushes with them
   "
  `);
  expect(code).toBe(0);
});

it('says what the plan of a private repository does not have', async () => {
  Object.assign(github.settings, { isPrivate: true, status: undefined });
  const { code, stdout } = await scan(['--repository', 'nivesh/nivesh', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    repository: 'nivesh/nivesh',
    visibility: 'private',
    findings: [
      { rule: 'secret_scanning', message: 'GitHub does not offer secret scanning for this private repository' },
      { rule: 'secret_scanning_push_protection', fix: expect.stringContaining('GitHub Secret Protection') as string },
    ],
  });
});

it('asks gh for a token where the environment has none', async () => {
  writeFileSync(join(folder, 'gh'), `#!/bin/sh\n[ "$*" = "auth token" ] && echo ${token}\n`);
  chmodSync(join(folder, 'gh'), 0o755);
  const { code } = await scan([], { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` });
  expect([code, github.calls]).toEqual([1, ['GET /repos/nivesh/nivesh']]);
});

it.each([
  [
    'a name that is none',
    ['--repository', 'nivesh'],
    'git@github.com:nivesh/nivesh.git',
    'is not a repository of GitHub',
  ],
  ['another remote', [], '/srv/nivesh.git', 'the remote "origin" is not a repository of GitHub'],
])('fails for %s, and asks nobody', async (_, options, remote, message) => {
  execFileSync('git', ['-C', folder, 'remote', 'set-url', 'origin', remote]);
  const { code, stderr } = await scan(options);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(github.calls).toEqual([]);
});

it('fails for a remote elsewhere whose API nobody named', async () => {
  execFileSync('git', ['-C', folder, 'remote', 'set-url', 'origin', 'git@github.example.com:nivesh/nivesh.git']);
  const { code, stderr } = await scan([], { GH_TOKEN: token, GITHUB_API_URL: '' });
  expect([code, stderr]).toEqual([2, expect.stringContaining('https://github.example.com/api/v3')]);
});
