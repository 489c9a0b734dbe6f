import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { staging } from '../../environments/staging';
import { secretsOfCatalog } from '../../lib/catalog';
import { type CommandResult, runCommand } from '../support/command-line';
import { FakeVault } from '../support/fake-vault';
import { LocalProject } from '../support/local-project';

const committed = randomBytes(20).toString('hex');
let project: LocalProject;
let vault: FakeVault;

beforeEach(async () => {
  project = LocalProject.nivesh();
  project.declareEnvironments();
  project.edit('ml-services/.env.example', 'HUGGINGFACE_TOKEN=change-me', `HUGGINGFACE_TOKEN=${committed}`);
  vault = await FakeVault.start({});
});

afterEach(async () => {
  await vault.stop();
  project.dispose();
});

async function seed(environment: string, options: readonly string[], input = ''): Promise<CommandResult> {
  return await runCommand(['seed', '--environment', environment, ...options], {
    cwd: project.root,
    input,
    env: { VAULT_ADDR: vault.connection.address, VAULT_TOKEN: 'root' },
  });
}

const examples = JSON.stringify({
  'nivesh/alertmanager': { slack_webhook_url: 'https://hooks.example.com/services/1', pagerduty_key: 'secret' },
  'nivesh/huggingface': { token: committed },
});

test('fails in production for values that look like examples, all at once, and asks Vault nothing', async () => {
  const { code, stderr } = await seed('production', ['--input', '-'], examples);
  expect(code).toBe(2);
  expect(stderr).toMatchInlineSnapshot(`
   "error: seeding has 3 problems
     nivesh/alertmanager.pagerduty_key: the value looks like an example: it is made of common words, got a value that is not shown, allowed: what PagerDuty issues, format text, fix: enter the value as it was issued
     nivesh/alertmanager.slack_webhook_url: the value looks like an example: it is a placeholder, got a value that is not shown, allowed: what Slack issues, format url, fix: enter the value as it was issued
     nivesh/huggingface.token: the value looks like an example: it is a value of the example files in the repository, got a value that is not shown, allowed: what Hugging Face issues, format text, fix: enter the value as it was issued
   "
  `);
  expect(await seed('production', ['--input', '-', '--plan'], examples)).toMatchObject({ code: 2, stderr });
  expect(vault.calls).toEqual([]);
}, 60_000);

test('takes the same values elsewhere', async () => {
  const { code, stderr } = await seed('staging', ['--input', '-'], examples);
  expect([code, stderr]).toEqual([3, expect.stringContaining('the test does not expect GET secret/subkeys/')]);
}, 60_000);

test.each([
  ['an environment without Vault', 'local', [], '', 2, 'has no Vault, its values are delivered by dotenv'],
  ['an unknown environment', 'nowhere', [], '', 2, 'unknown environment "nowhere"'],
  ['two ways of input', 'staging', ['--set', 'a.b', '--input', 'x'], '', 2, '--set and --input were both given'],
  [
    'a field that nobody declared',
    'staging',
    ['--set', 'nivesh/redis.pasword'],
    'x',
    2,
    'no such field in the catalog',
  ],
  ['a field that is generated', 'staging', ['--set', 'nivesh/redis.password'], 'x', 2, 'is generated, not entered'],
  ['an empty value', 'staging', ['--set', 'nivesh/huggingface.token'], '\n', 2, 'the value is empty'],
  ['a file that is not there', 'staging', ['--input', 'absent.yaml'], '', 2, 'absent.yaml cannot be read'],
])(
  'fails for %s, and asks Vault nothing',
  async (_, environment, options, input, code, message) => {
    const result = await seed(environment, options, input);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(vault.calls).toEqual([]);
  },
  60_000,
);

test('fails with 3 where Vault cannot be reached, and where there is no token', async () => {
  const unreachable = { VAULT_ADDR: 'http://127.0.0.1:9', VAULT_TOKEN: 'root' };
  const first = await runCommand(['seed', '--environment', 'staging'], { env: unreachable });
  expect([first.code, first.stderr]).toEqual([3, expect.stringContaining('fix: check VAULT_ADDR and VAULT_CACERT')]);
  const env = { VAULT_ADDR: vault.connection.address, HOME: join(project.root, 'nowhere') };
  const second = await runCommand(['seed', '--environment', 'staging'], { env });
  expect([second.code, second.stderr]).toEqual([3, expect.stringContaining('there is no Vault token')]);
}, 60_000);

test('says that an entered value is left out where Vault has one, and takes empty variables for none', async () => {
  const full = await FakeVault.start(
    Object.fromEntries(
      secretsOfCatalog(staging.catalog).map(({ path, fields }) => [
        `GET secret/subkeys/${path}?depth=1`,
        () => ({
          subkeys: Object.fromEntries([...fields.keys()].map((field) => [field, null])),
          metadata: { version: 1, deletion_time: '', destroyed: false },
        }),
      ]),
    ),
  );
  const { code, stdout } = await runCommand(['seed', '--environment', 'staging', '--set', 'nivesh/huggingface.token'], {
    cwd: project.root,
    input: committed,
    env: { VAULT_ADDR: full.connection.address, VAULT_TOKEN: 'root', VAULT_CACERT: '', VAULT_NAMESPACE: '' },
  });
  await full.stop();
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^nivesh\/huggingface +token +kept +Vault has a value already, so the entered one was left out$/m,
  );
}, 60_000);
