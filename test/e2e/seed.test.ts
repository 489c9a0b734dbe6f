import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { staging } from '../../environments/staging';
import { defineCatalog, issued, secretsOfCatalog, vaultSecret, workload } from '../../lib/catalog';
import { type Platform, startPlatform } from '../../lib/embedded';
import { packageRoot } from '../../lib/package-root';
import { initialKeyring } from '../../lib/values/generate';
import { SecretValue } from '../../lib/values/secret-value';
import type { KvEngine } from '../../lib/vault/kv';
import { planSeed, seed } from '../../lib/vault/seed';
import { secretData, waitUntil } from './support/cluster';
import { deliverWithoutPulumi, makeEngine, testEnvironment } from './support/deliver';
import { type GatePoint, VaultGate } from './support/vault-gate';

const root = packageRoot();

describe('seeding a real Vault', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seed-'));
  let platform: Platform;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function everyValue(kv: KvEngine, catalog = staging.catalog): Promise<Record<string, string>> {
    const values: Record<string, string> = {};
    for (const { path } of secretsOfCatalog(catalog)) {
      for (const [field, value] of Object.entries((await kv.read(path))?.data ?? {})) {
        values[`${path}.${field}`] = value;
      }
    }
    return values;
  }

  /** The command line as a user runs it. */
  function startSeed({ address }: { readonly address: string }): ChildProcess {
    return spawn(join(root, 'node_modules', '.bin', 'tsx'), ['lib/cli/main.ts', 'seed', '--environment', 'staging'], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        VAULT_ADDR: address,
        VAULT_CACERT: platform.vaultCaCertPath,
        VAULT_TOKEN: readFileSync(platform.vaultRootTokenPath, 'utf8').trim(),
      },
    });
  }

  async function finished(child: ChildProcess): Promise<{ code: number | null; output: string }> {
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  /** Runs until the gate ends the process. */
  async function seedKilledAt(gate: VaultGate, point: GatePoint): Promise<void> {
    const child = startSeed({ address: gate.address });
    const closed = once(child, 'close');
    gate.stopAt(point, () => process.kill(-(child.pid ?? 0), 'SIGKILL'));
    expect(await closed).toEqual([null, 'SIGKILL']);
  }

  const generatedFields = new Set(
    secretsOfCatalog(staging.catalog).flatMap((secret) =>
      [...secret.fields]
        .filter(([, { source }]) => source.type !== 'issued')
        .map(([field]) => `${secret.path}.${field}`),
    ),
  );
  const pathOf = (id: string): string => id.slice(0, id.lastIndexOf('.'));
  const writtenPaths = new Set([...generatedFields].map(pathOf));

  it('comes to the same complete state when it is killed before and after each of its writes, and repeated', async () => {
    const kv = await makeEngine(platform, 'killed');
    const gate = await VaultGate.start(platform, 'killed');
    // One path needs a patch, all others are new.
    await kv.create('nivesh/backend', { jwt_secret: randomBytes(12).toString('hex') });
    let state = await everyValue(kv);
    for (let writes = 0; writes < writtenPaths.size; writes++) {
      await seedKilledAt(gate, 'before 1');
      expect(await everyValue(kv)).toEqual(state);
      await seedKilledAt(gate, 'after 1');
      const after = await everyValue(kv);
      expect(after).toMatchObject(state);
      const added = Object.keys(after).filter((id) => !(id in state));
      // The write that Vault has made is whole: every field of one more path.
      const path = pathOf(added[0] ?? '');
      expect(new Set(added)).toEqual(
        new Set([...generatedFields].filter((id) => pathOf(id) === path && !(id in state))),
      );
      state = after;
    }
    expect(new Set(Object.keys(state))).toEqual(generatedFields);
    gate.open();
    const { code, output } = await finished(startSeed({ address: gate.address }));
    expect(code).toBe(1);
    expect(output).toContain('issued by Slack: --set nivesh/alertmanager.slack_webhook_url');
    expect(await everyValue(kv)).toEqual(state);
    for (const value of Object.values(state).filter((secret) => secret.length > 16)) {
      expect(output).not.toContain(value);
    }
    await gate.stop();
  });

  it.each<GatePoint>(['before 5', 'after 5', 'after 8'])(
    'is completed by the next run when it is killed %s writes into an empty Vault',
    async (point) => {
      const mount = `killed-${point.replace(' ', '-')}`;
      const kv = await makeEngine(platform, mount);
      const gate = await VaultGate.start(platform, mount);
      await seedKilledAt(gate, point);
      const half = await everyValue(kv);
      expect(new Set(Object.keys(half).map(pathOf)).size).toBe(point === 'before 5' ? 4 : Number(point.slice(-1)));
      gate.open();
      expect((await finished(startSeed({ address: gate.address }))).code).toBe(1);
      const complete = await everyValue(kv);
      expect(complete).toMatchObject(half);
      expect(new Set(Object.keys(complete))).toEqual(generatedFields);
      await gate.stop();
    },
  );

  it('shows a plan and changes nothing', async () => {
    const kv = await makeEngine(platform, 'plan');
    const steps = await planSeed(staging.catalog, kv);
    expect(steps.filter(({ action }) => action === 'exists')).toEqual([]);
    expect(await everyValue(kv)).toEqual({});
  });

  it('loses nothing when several run at once', async () => {
    const kv = await makeEngine(platform, 'contended');
    const mine = new Map([['nivesh/huggingface.token', new SecretValue(randomBytes(12).toString('hex'))]]);
    const url = new SecretValue(`https://hooks.example.com/${randomBytes(6).toString('hex')}`);
    const others = new Map([['nivesh/alertmanager.slack_webhook_url', url]]);
    await Promise.all([
      seed(staging.catalog, kv),
      seed(staging.catalog, kv, { issued: mine }),
      seed(staging.catalog, kv, { issued: others }),
    ]);
    const waiting = (await planSeed(staging.catalog, kv)).filter(({ action }) => action !== 'exists');
    expect(waiting.map(({ path, field }) => `${path}.${field}`)).toEqual([
      'nivesh/alertmanager.pagerduty_key',
      'nivesh/backend.firebase_private_key',
    ]);
    const values = await everyValue(kv);
    expect(values['nivesh/huggingface.token']).toBe(mine.get('nivesh/huggingface.token')?.reveal());
    expect(values['nivesh/alertmanager.slack_webhook_url']).toBe(url.reveal());
  });

  it('adds a field to a path that somebody else made, and keeps what is there', async () => {
    const kv = await makeEngine(platform, 'existing');
    const foreign = randomBytes(12).toString('hex');
    await kv.create('nivesh/backend', { jwt_secret: foreign, undeclared: 'stays' });
    await seed(staging.catalog, kv);
    const after = await kv.read('nivesh/backend');
    expect(after?.data).toMatchObject({ jwt_secret: foreign, undeclared: 'stays' });
    expect(after?.data.encryption_key).toMatch(/^[0-9a-f]{32}$/);
    expect(after?.version).toBe(2);
  });

  it('adds the keyring beside an encryption key that is in use, which stays', async () => {
    const kv = await makeEngine(platform, 'upgraded');
    await seed(staging.catalog, kv);
    const before = await kv.read('nivesh/backend');
    const { encryption_key_keyring: keyring, ...old } = before?.data ?? {};
    expect(keyring).toBe(initialKeyring);
    const older = await makeEngine(platform, 'older');
    await older.create('nivesh/backend', old);
    await seed(staging.catalog, older);
    expect((await older.read('nivesh/backend'))?.data).toEqual(before?.data);
  });

  it('fails on a deleted version before it writes anything', async () => {
    const kv = await makeEngine(platform, 'deleted');
    await kv.create('nivesh/redis', { password: randomBytes(12).toString('hex') });
    await platform.vault.delete('deleted/data/nivesh/redis');
    await expect(seed(staging.catalog, kv)).rejects.toThrow(/deleted\/nivesh\/redis: the current version was deleted/);
    expect(await everyValue(kv)).toEqual({});
  });

  it('fails on values that nobody asked for or that have another form, all at once, and writes nothing', async () => {
    const kv = await makeEngine(platform, 'refused');
    const value = randomBytes(12).toString('hex');
    const error: unknown = await seed(staging.catalog, kv, {
      issued: new Map([
        ['nivesh/alertmanager.slack_webhook_url', new SecretValue(value)],
        ['nivesh/backend.jwt_secret', new SecretValue(value)],
        ['nivesh/backend.unknown', new SecretValue(value)],
      ]),
    }).catch((reason: unknown) => reason);
    expect(String(error)).toContain('seeding has 3 problems');
    expect(String(error)).toContain('the value is not an https URL');
    expect(String(error)).not.toContain(value);
    expect(await everyValue(kv)).toEqual({});
  });

  it('carries 10,000 random values through Vault and an ExternalSecret into Secrets', async () => {
    const secrets = Array.from({ length: 20 }, (_, path) =>
      vaultSecret(
        `bulk/p${path}`,
        Object.fromEntries(Array.from({ length: 500 }, (__, field) => [`f${field}`, issued({ by: 'the test' })])),
      ),
    );
    const catalog = defineCatalog({
      name: 'random',
      workloads: Object.fromEntries(
        secrets.map((secret, index) => [
          `random-${index}`,
          workload({
            namespace: 'random',
            env: Object.fromEntries(
              Object.entries(secret).map(([field, reference]) => [field.toUpperCase(), reference]),
            ),
          }),
        ]),
      ),
    });
    const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 24 }), 10_000);
    const environment = testEnvironment(platform, catalog, 'random');
    const kv = await makeEngine(platform, 'random');
    for (const [index] of secrets.entries()) {
      const data = Object.fromEntries(
        Array.from({ length: 500 }, (_, field) => [`f${field}`, texts[index * 500 + field] ?? '']),
      );
      await kv.create(`bulk/p${index}`, data);
    }
    await deliverWithoutPulumi(platform, environment);
    for (const [index] of secrets.entries()) {
      const name = `random-${index}`;
      await waitUntil(`${name} is delivered`, 60_000, async () => {
        return Object.keys(await secretData(platform, catalog, name)).length === 500;
      });
      const delivered = await secretData(platform, catalog, name);
      const wrong = Array.from({ length: 500 }, (_, field) => field).filter(
        (field) => delivered[`F${field}`] !== texts[index * 500 + field],
      );
      expect(wrong).toEqual([]);
    }
  });
});
