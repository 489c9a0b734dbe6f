import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nivesh } from '../../environments/catalog';
import { packageRoot } from '../../lib/package-root';
import { VaultClient } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { type CommandResult, runCommand } from '../support/command-line';
import { FakeKv } from '../support/fake-kv';
import { FakeVault } from '../support/fake-vault';

const field = 'nivesh/backend.jwt_secret';
const journal = 'rotation/nivesh/backend/jwt_secret';

describe('nivesh-secrets rotate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rotate-'));
  const kubeconfig = join(folder, 'kubeconfig');
  let vault: FakeVault;
  let kv: KvEngine;

  beforeAll(async () => {
    vault = await FakeVault.start(new FakeKv().engine);
    kv = new KvEngine(new VaultClient(vault.connection), 'secret');
    await seed(nivesh, kv);
    // Nothing listens there: what these tests look at needs no cluster.
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'none',
        contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
        clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:9' } }],
        users: [],
      }),
    );
  });

  afterAll(async () => {
    await kv.client.close();
    await vault.stop();
    rmSync(folder, { recursive: true });
  });

  async function rotate(...options: string[]): Promise<CommandResult> {
    const env = { VAULT_ADDR: vault.connection.address, VAULT_TOKEN: 'root', KUBECONFIG: kubeconfig };
    return await runCommand(['rotate', '--environment', 'staging', ...options], { env });
  }

  async function writeJournal(change: object): Promise<void> {
    const { version } = await kv.readDocument(journal);
    await kv.writeDocument(journal, version, {
      field,
      id: 'one',
      strategy: 'overlap',
      mode: 'overlap',
      startedAt: '2026-11-01T00:00:00.000Z',
      phases: ['accept', 'sign', 'wait', 'drop'].map((name) => ({
        name,
        facts: {},
        ...(name === 'accept' || name === 'sign' ? { finishedAt: '2026-11-01T00:00:00.000Z' } : {}),
        ...(name === 'wait' ? { waitUntil: '2026-11-02T00:00:00.000Z', reason: 'tokens live on' } : {}),
      })),
      ...change,
    });
  }

  it.each([
    [
      ['nivesh/backend.jwt_secrt'],
      'no such field "nivesh/backend.jwt_secrt" in catalog "nivesh"',
      'did you mean nivesh/backend.jwt_secret?',
    ],
    [['jwt_secret'], 'no such field "jwt_secret" in catalog "nivesh"', 'did you mean nivesh/backend.jwt_secret?'],
    [
      ['nivesh/postgres.username'],
      'nivesh/postgres.username is the name of an account and not rotated by itself',
      'rotate nivesh/postgres.password, which changes it too',
    ],
    [[], 'nothing says what to rotate', 'give one field (path.field), --due or --status'],
    [[field, '--due'], `${field} and --due were both given`, 'give one field (path.field), --due or --status'],
    [['--due', '--revoke-now'], '--revoke-now without a field', 'name the field to rotate'],
    [['--status', '--yes'], '--status changes nothing, so there is nothing to say --yes to', 'leave --yes out'],
    [[field, '--json'], '--json does not ask', 'add --plan or --yes'],
  ])('fails with 2 for %j', async (options, error, fix) => {
    const { code, stderr } = await rotate(...options);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `error: ${error}\nfix: ${fix}\n` });
  });

  it.each([['--help'], ['--status --environment staging'], ['nivesh/backend.jwt_secret --environment staging --plan']])(
    'loads no database driver that it does not need for %s',
    (options) => {
      const script = `
        require('./lib/cli/main.ts').main(['rotate', ...${JSON.stringify(options.split(' '))}]).then((code) => {
          const loaded = Object.keys(require.cache).map((file) => /node_modules.(pg|mongodb|neo4j-driver|@clickhouse|@redis)/.exec(file)?.[1]);
          process.stderr.write('loaded ' + JSON.stringify([...new Set(loaded)].filter(Boolean)));
          process.exit(code);
        });`;
      const { stderr } = spawnSync(join(packageRoot(), 'node_modules/.bin/tsx'), ['-e', script], {
        cwd: packageRoot(),
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: folder },
      });
      expect(stderr).toMatch(/loaded \[\]$/);
    },
  );

  it('shows where every field stands', async () => {
    await writeJournal({ phases: [{ name: 'wait', facts: {}, waitUntil: '2099-01-01T00:00:00.000Z', reason: '' }] });
    const { code, stdout } = await rotate('--status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^FIELD +ROTATION +LAST +DUE +NOW\n/);
    expect(stdout).toMatch(
      /^nivesh\/backend\.jwt_secret +overlap +- +\d{4}-\d\d-\d\d +overlap until 2099-01-01T00:00:00\.000Z$/m,
    );
    expect(stdout).toMatch(/^nivesh\/huggingface\.token +manual +- +- +has no value yet$/m);
  });

  it('lists with 1 what is due, and says with 0 that nothing is', async () => {
    await writeJournal({});
    const { code, stdout } = await rotate('--due');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^nivesh\/backend\.jwt_secret +overlap +\S+ +overlap ended 2026-11-02T00:00:00\.000Z, go on$/m,
    );
    await kv.client.delete(`secret/data/${journal}`);
    expect(await rotate('--due')).toMatchObject({ code: 0, stdout: 'nothing is due\n' });
  });

  it.each([[['--due']], [['--due', '--yes']]])(
    'does not call a field done that another run is at work on, with %j',
    async (flags) => {
      await writeJournal({ lease: { holder: 'host/7', until: '2099-01-01T00:00:00.000Z' } });
      expect(await rotate(...flags)).toMatchObject({
        code: 0,
        stdout: `nothing else is due\n  ${field} is in wait: in the hands of host/7\n`,
      });
    },
  );

  it('shows a wait, changes nothing and ends with 0', async () => {
    const waiting = { name: 'wait', facts: {}, waitUntil: '2099-01-01T00:00:00.000Z', reason: 'tokens live on' };
    const ended = { facts: {}, finishedAt: '2026-11-01T00:00:00.000Z' };
    await writeJournal({
      phases: [{ name: 'accept', ...ended }, { name: 'sign', ...ended }, waiting, { name: 'drop', facts: {} }],
    });
    const before = vault.calls.filter((call) => !call.startsWith('GET')).length;
    const { code, stdout } = await rotate(field, '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'nivesh/backend.jwt_secret: waits until 2099-01-01T00:00:00.000Z: tokens live on\nthen: nivesh-secrets rotate nivesh/backend.jwt_secret --environment staging --yes',
    );
    expect(vault.calls.filter((call) => !call.startsWith('GET'))).toHaveLength(before);
  });

  it('fails with 3 while another run is at work, and says when to try again', async () => {
    await writeJournal({ lease: { holder: 'host/7', until: '2099-01-01T00:00:00.000Z' } });
    const { code, stderr } = await rotate(field, '--yes');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `error: the rotation of ${field} is in the hands of host/7 until 2099-01-01T00:00:00.000Z\nfix: wait until it ends; if that run is gone, start this again after 2099-01-01T00:00:00.000Z\n`,
    });
  });

  it('fails with 3 where the cluster cannot be reached, before it changes anything', async () => {
    await kv.client.delete(`secret/data/${journal}`);
    const { version } = await kv.state('nivesh/backend');
    const { code, stderr } = await rotate(field, '--yes');
    expect(code).toBe(3);
    expect(stderr).toContain('kubernetes at http://127.0.0.1:9 cannot be reached');
    expect((await kv.state('nivesh/backend')).version).toBe(version);
    expect((await kv.readDocument(journal)).document).toBeUndefined();
  });

  it('names every field that a short name may mean', async () => {
    expect((await rotate('password')).stderr).toMatch(
      /^fix: did you mean nivesh\/clickhouse\.password or nivesh\/\S+\.password/m,
    );
  });

  it('fails with 2 for an environment that does not exist, and names the one that was probably meant', async () => {
    const { code, stderr } = await runCommand(['rotate', '--environment', 'stagin', '--status']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'error: unknown environment "stagin", allowed: local, ci, staging, production\nfix: did you mean staging?\n',
    });
  });

  it('leaves to a person what a person began, though the run of a person stopped', async () => {
    const own = 'rotation/nivesh/administrators/redis_password';
    await kv.writeDocument(own, 0, {
      field: 'nivesh/administrators.redis_password',
      id: 'one',
      strategy: 'manual',
      mode: 'overlap',
      startedAt: '2026-11-01T00:00:00.000Z',
      phases: ['replace', 'confirm'].map((name) => ({ name, facts: {} })),
    });
    const before = vault.calls.length;
    const { code, stdout } = await rotate('--due', '--yes');
    expect(code).toBe(1);
    expect(stdout).toBe(
      'nivesh/administrators.redis_password: not rotated: only a person can rotate it\n  fix: nivesh-secrets rotate nivesh/administrators.redis_password --environment staging\n',
    );
    // The rotator could not even look at the fields.
    expect(vault.calls.slice(before).filter((call) => call.includes('subkeys'))).toEqual([]);
    await kv.client.delete(`secret/data/${own}`);
  });

  it('says how a sealed Vault is opened, and that the same command goes on then', async () => {
    const sealed = await FakeVault.start(() => ({ status: 503, body: { errors: ['Vault is sealed'] } }));
    const env = { VAULT_ADDR: sealed.connection.address, VAULT_TOKEN: 'root', KUBECONFIG: kubeconfig };
    const { code, stderr } = await runCommand(['rotate', field, '-e', 'staging', '--yes'], { env });
    await sealed.stop();
    expect(code).toBe(3);
    expect(stderr).toMatch(/: Vault is sealed\nfix: unseal Vault, or wait .+, then start the same command again\n$/);
  });
});
