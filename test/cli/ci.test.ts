import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-root';
import { type CommandResult, runCommand } from '../support/command-line';
import { FakeGithub } from '../support/fake-github';

const token = randomBytes(20).toString('hex');
const kubeConfig = `users:\n- user:\n    token: ${randomBytes(20).toString('hex')}\n`;
let github: FakeGithub;
let folder: string;

beforeEach(async () => {
  github = await FakeGithub.start('nivesh/nivesh', token);
  folder = mkdtempSync(join(tmpdir(), 'ci-'));
});

afterEach(async () => {
  await github.stop();
  rmSync(folder, { recursive: true });
});

async function ci(options: readonly string[], input = ''): Promise<CommandResult> {
  const result = await runCommand(['ci', ...options], {
    input,
    env: { GITHUB_TOKEN: token, GITHUB_API_URL: github.api },
  });
  expect(result.stdout + result.stderr).not.toContain(token);
  expect(result.stdout + result.stderr).not.toContain(kubeConfig.slice(-20, -1));
  return result;
}

test('--dry-run plans by name and sends nothing', async () => {
  const { code, stdout } = await ci(['--dry-run']);
  expect(code).toBe(1);
  expect(stdout).toMatchInlineSnapshot(`
   "SECRET                  PLAN
   KUBE_CONFIG_STAGING     missing  issued by the staging cluster: --set KUBE_CONFIG_STAGING
   KUBE_CONFIG_PRODUCTION  missing  issued by the production cluster: --set KUBE_CONFIG_PRODUCTION
   "
  `);
  expect(github.calls).toEqual(['GET /repos/nivesh/nivesh/actions/secrets']);
}, 60_000);

test('--set delivers standard input; --values a folder; then nothing is missing', async () => {
  const first = await ci(['--set', 'KUBE_CONFIG_STAGING'], kubeConfig);
  expect([first.code, first.stdout]).toEqual([1, expect.stringMatching(/^KUBE_CONFIG_STAGING +set$/m)]);
  expect([...github.opened]).toEqual([['KUBE_CONFIG_STAGING', kubeConfig.trimEnd()]]);
  writeFileSync(join(folder, 'KUBE_CONFIG_PRODUCTION'), kubeConfig, { mode: 0o600 });
  writeFileSync(join(folder, '.DS_Store'), 'of an editor');
  expect((await ci(['--values', folder])).code).toBe(0);
  expect(github.opened.get('KUBE_CONFIG_PRODUCTION')).toBe(kubeConfig.trimEnd());
  expect((await ci(['--check', '--max-age', '1d'])).code).toBe(0);
}, 60_000);

test('--check reports what is missing, stale and unknown', async () => {
  github.stored.set('KUBE_CONFIG_STAGING', '2020-01-01T00:00:00Z');
  github.stored.set('OLD_TOKEN', '2026-01-01T00:00:00Z');
  const { code, stdout } = await ci(['--check', '--json', '--max-age', '180d']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    findings: [
      { name: 'KUBE_CONFIG_STAGING', rule: 'stale' },
      { name: 'KUBE_CONFIG_PRODUCTION', rule: 'missing' },
      { name: 'OLD_TOKEN', rule: 'unknown' },
    ],
  });
}, 60_000);

test('--workflow needs neither a token nor a network', async () => {
  const { code, stdout } = await runCommand(['ci', '--workflow', 'KUBE_CONFIG_STAGING']);
  expect([code, stdout]).toEqual([0, 'env:\n  KUBE_CONFIG_STAGING: ${{ secrets.KUBE_CONFIG_STAGING }}\n']);
}, 60_000);

test.each([
  ['a value of another form', ['--set', 'KUBE_CONFIG_STAGING'], 'a: b: c', 2, 'the value is not YAML'],
  ['a word in place of a file', ['--set', 'KUBE_CONFIG_STAGING'], 'staging', 2, 'is not a YAML map or list'],
  ['a placeholder', ['--set', 'KUBE_CONFIG_STAGING'], 'token: <your token>', 2, 'it is a placeholder'],
  ['a name that nobody declared', ['--set', 'NOPE'], 'x', 2, 'no such secret is declared'],
  ['a value as an argument', ['KUBE_CONFIG_STAGING=x'], '', 2, 'unexpected names'],
  ['another environment', ['--environment', 'staging'], '', 2, 'has no secrets of GitHub Actions'],
  ['an age that is none', ['--max-age', 'old'], '', 2, '--max-age "old" is not a length of time'],
])(
  'fails for %s, and sends nothing',
  async (_, options, input, code, message) => {
    const result = await ci(options, input);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(github.opened.size).toBe(0);
  },
  60_000,
);

test('fails for a folder with a file that others can read, and sends nothing', async () => {
  writeFileSync(join(folder, 'KUBE_CONFIG_PRODUCTION'), kubeConfig, { mode: 0o600 });
  writeFileSync(join(folder, 'KUBE_CONFIG_STAGING'), kubeConfig);
  chmodSync(join(folder, 'KUBE_CONFIG_STAGING'), 0o644);
  const { code, stderr } = await ci(['--values', folder]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('can be read by others')]);
  expect(github.opened.size).toBe(0);
}, 60_000);

test('fails in the middle with what was delivered before', async () => {
  for (const name of ['KUBE_CONFIG_STAGING', 'KUBE_CONFIG_PRODUCTION']) {
    writeFileSync(join(folder, name), kubeConfig, { mode: 0o600 });
  }
  github.refusedName = 'KUBE_CONFIG_PRODUCTION';
  const { code, stderr } = await ci(['--values', folder]);
  expect([code, stderr]).toEqual([
    3,
    expect.stringContaining('(422): Validation Failed; delivered before that: KUBE_CONFIG_STAGING'),
  ]);
}, 60_000);

describe('without a token', () => {
  /** A stand-in for gh that records its arguments and its input, and refuses calls that it does not know. */
  function installGh(): Record<string, string> {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'gh'),
      `#!/bin/sh
printf '%s\\n' "$*" >> '${folder}/calls'
case "$*" in
  'api repos/nivesh/nivesh/actions/secrets?per_page=100&page=1'|'api repos/nivesh/nivesh/environments/staging/secrets?per_page=100&page=1')
    echo '{"total_count":1,"secrets":[{"name":"KUBE_CONFIG_PRODUCTION","updated_at":"2026-01-01T00:00:00Z"}]}';;
  'secret set KUBE_CONFIG_STAGING --repo nivesh/nivesh'|'secret set KUBE_CONFIG_STAGING --repo nivesh/nivesh --env staging') cat > '${folder}/input';;
  *) echo "unknown call" >&2; exit 1;;
esac
`,
      { mode: 0o755 },
    );
    return { PATH: `${bin}:${process.env.PATH ?? ''}` };
  }

  test('gh gets the value through standard input, never as an argument', async () => {
    const env = installGh();
    const { code } = await runCommand(['ci', '--set', 'KUBE_CONFIG_STAGING'], { input: kubeConfig, env });
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toEqual([
      'api repos/nivesh/nivesh/actions/secrets?per_page=100&page=1',
      'secret set KUBE_CONFIG_STAGING --repo nivesh/nivesh',
    ]);
    expect(readFileSync(join(folder, 'input'), 'utf8')).toBe(kubeConfig.trimEnd());
  }, 60_000);

  test('gh is told the deployment environment', async () => {
    const env = installGh();
    const project = join(folder, 'project');
    mkdirSync(join(project, 'environments'), { recursive: true });
    writeFileSync(join(project, 'package.json'), '{"nivesh-secrets":{}}');
    const from = (path: string): string => JSON.stringify(join(packageRoot(), path));
    writeFileSync(
      join(project, 'environments/index.ts'),
      `import { ci } from ${from('environments/ci')};
const delivery = { ...ci.delivery, environment: 'staging' };
export const environments = [{ ...ci, delivery }];
`,
    );
    const { code } = await runCommand(['ci', '--set', 'KUBE_CONFIG_STAGING'], { input: kubeConfig, env, cwd: project });
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')).toEqual([
      'api repos/nivesh/nivesh/environments/staging/secrets?per_page=100&page=1',
      'secret set KUBE_CONFIG_STAGING --repo nivesh/nivesh --env staging',
    ]);
    expect(readFileSync(join(folder, 'input'), 'utf8')).toBe(kubeConfig.trimEnd());
  }, 60_000);

  test('fails with what gh says', async () => {
    const env = installGh();
    const { code, stderr } = await runCommand(['ci', '--set', 'KUBE_CONFIG_PRODUCTION'], { input: kubeConfig, env });
    expect([code, stderr]).toEqual([3, 'error: gh secret set failed: unknown call\nfix: run "gh auth status"\n']);
    expect(existsSync(join(folder, 'input'))).toBe(false);
  }, 60_000);

  test('fails without gh with both ways out', async () => {
    const bin = join(folder, 'only-node');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    const env = { PATH: bin };
    const { code, stderr } = await runCommand(['ci', '--dry-run'], { env });
    expect([code, stderr]).toEqual([
      3,
      'error: there is no token for GitHub, and gh cannot be run\nfix: set GITHUB_TOKEN or GH_TOKEN, or install gh and run "gh auth login"\n',
    ]);
  }, 60_000);
});
