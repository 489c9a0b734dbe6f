import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  createWriteStream,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { AccessGroup } from '../../lib/audit/access-groups';
import { byIdentity } from '../../lib/audit/by-identity';
import { carryingSecrets, readKubernetesLog } from '../../lib/audit/kubernetes-log';
import { findLogFiles } from '../../lib/audit/log-files';
import { type AccessReport, whoRead } from '../../lib/audit/who-read';
import {
  defineCatalog,
  type Environment,
  type ExternalSecretsDelivery,
  randomHex,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { type Platform, startPlatform } from '../../lib/embedded';
import { KubernetesClient, type KubernetesError } from '../../lib/kubernetes/client';
import { VaultClient } from '../../lib/vault/client';
import { seed } from '../../lib/vault/seed';
import { runCommand } from '../support/command-line';
import { forceRefresh, loginAs, secretData, waitUntil } from './support/cluster';
import { auditLogOfTest, deliverWithoutPulumi, makeEngine, testEnvironment } from './support/deliver';

const shared = vaultSecret('shop/shared', { api_key: randomHex(32), signing_key: randomHex(32) });
const own = vaultSecret('shop/own', { token: randomHex(32) });
const catalog = defineCatalog({
  name: 'shop',
  workloads: {
    'shop-backend': workload({ namespace: 'shop', env: { API_KEY: shared.api_key, TOKEN: own.token } }),
    'shop-worker': workload({ namespace: 'shop', env: { SIGNING_KEY: shared.signing_key } }),
  },
});
const path = 'shop/shared';
const dataPath = `secret/data/${path}`;

describe('the audit query on real logs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'audit-'));
  let platform: Platform;
  let environment: Environment<ExternalSecretsDelivery>;
  let log: string;
  /** After the operator has read everything, so that only the test reads. */
  let since: number;
  let workloads: Record<'shop-backend' | 'shop-worker', VaultClient>;
  let asha: VaultClient;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    environment = testEnvironment(platform, catalog);
    log = auditLogOfTest(platform);
    await seed(catalog, await makeEngine(platform, 'secret'));
    await deliverWithoutPulumi(platform, environment);
    for (const name of Object.keys(catalog.workloads)) {
      await waitUntil(`${name} is delivered`, 60_000, async () => {
        return Object.keys(await secretData(platform, catalog, name)).length > 0;
      });
    }
    await quiet(log);
    since = Date.now();
    workloads = {
      'shop-backend': await loginAs(platform, environment, 'shop-backend'),
      'shop-worker': await loginAs(platform, environment, 'shop-worker'),
    };
    const policy = `path "${dataPath}" { capabilities = ["read"] } path "secret/subkeys/${path}" { capabilities = ["read"] }`;
    await platform.vault.write('sys/auth/userpass', { type: 'userpass' });
    await platform.vault.write('sys/policies/acl/person', { policy });
    asha = await login('asha', 'person');
  });

  afterAll(async () => {
    await Promise.all(
      [...Object.values(workloads), asha].map(async (client) => {
        await client.close();
      }),
    );
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Waits until nobody asks Vault any more. */
  async function quiet(file: string): Promise<void> {
    let size = -1;
    await waitUntil('vault is quiet', 60_000, async () => {
      const before = size;
      size = statSync(file).size;
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return statSync(file).size === size && size === before;
    });
  }

  async function login(name: string, policies: string): Promise<VaultClient> {
    const password = `${name}-${String(Math.random())}`;
    await platform.vault.write(`auth/userpass/users/${name}`, { password, policies });
    const anonymous = clientOf();
    const { auth } = await anonymous.write(`auth/userpass/login/${name}`, { password });
    await anonymous.close();
    return clientOf(auth?.client_token);
  }

  function clientOf(token?: string): VaultClient {
    return new VaultClient({
      address: platform.vaultAddress,
      caCert: readFileSync(platform.vaultCaCertPath, 'utf8'),
      timeoutMs: 60_000,
      ...(token === undefined ? {} : { token }),
    });
  }

  async function ask(given: readonly string[], from = since): Promise<AccessReport> {
    const window = { since: from, until: Date.now() };
    return await whoRead({ logs: await findLogFiles(given), window, mount: 'secret', path });
  }

  const brief = (groups: readonly AccessGroup[]): (string | number)[][] =>
    groups.map(({ identity, action, count, keys, refusal }) => [
      identity.name,
      action,
      count,
      refusal ?? keys.join(' '),
    ]);

  const denied = { status: 403 };

  it('gives back exactly the known reads, across rotation and gzip', async () => {
    await workloads['shop-backend'].read(dataPath);
    await workloads['shop-backend'].read(dataPath);
    await workloads['shop-worker'].read(dataPath);
    await asha.read(dataPath);
    await asha.read(`secret/subkeys/${path}`);
    await expect(asha.patch(dataPath, { data: {} })).rejects.toMatchObject(denied);

    // As logrotate does: move, signal, compress.
    renameSync(log, `${log}.1`);
    process.kill(await vaultPid(), 'SIGHUP');
    await waitUntil('vault writes a new file', 30_000, async () => {
      await platform.vault.read('sys/mounts');
      return statSync(log, { throwIfNoEntry: false }) !== undefined;
    });
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(`${log}.1`)));
    rmSync(`${log}.1`);

    const ravi = await login('ravi', 'default');
    await expect(ravi.read(dataPath)).rejects.toMatchObject(denied);
    await ravi.close();
    const gone = await login('gone', 'person');
    await gone.read(dataPath);
    await gone.write('auth/token/revoke-self');
    await expect(gone.read(dataPath)).rejects.toMatchObject(denied);
    await gone.close();
    await asha.read(`${dataPath}?version=1`);
    await workloads['shop-worker'].read(dataPath);

    const report = await ask([`${log}*`]);
    const keys = 'api_key signing_key';
    expect(brief(report.workloads)).toEqual([
      ['shop/shop-backend', 'read', 2, keys],
      ['shop/shop-worker', 'read', 2, keys],
    ]);
    expect(brief(report.people)).toEqual([
      ['userpass-asha', 'read', 2, keys],
      ['userpass-asha', 'read field names', 1, keys],
      ['userpass-gone', 'read', 1, keys],
    ]);
    expect(brief(report.refused)).toEqual([
      ['unknown token', 'read', 1, 'permission denied, invalid token'],
      ['userpass-asha', 'patch', 1, 'permission denied'],
      ['userpass-ravi', 'read', 1, 'permission denied'],
    ]);
    expect(report.names).toEqual([]);
    expect(report.writes).toEqual([]);
    expect(report.coverage).toMatchObject({ files: 2 });
    expect(report.gaps).toEqual([]);
  });

  it('tells what an identity did, the token that is revoked by its hash', async () => {
    const logs = await findLogFiles([`${log}*`]);
    const question = { logs, window: { since, until: Date.now() }, mount: 'secret' };
    const gone = await byIdentity({ ...question, identity: 'gone' });
    expect(brief(gone.people)).toEqual([['userpass-gone', 'read', 1, 'api_key signing_key']]);
    expect(gone.others.map(({ path: other }) => other)).toEqual(['auth/token/revoke-self', 'auth/userpass/login/gone']);
    const [unknown] = (await ask([`${log}*`])).refused;
    const byHash = await byIdentity({ ...question, identity: unknown?.identity.detail ?? '' });
    expect(brief(byHash.people)).toEqual(brief(gone.people));
    const backend = await byIdentity({ ...question, identity: 'shop/shop-backend' });
    expect(backend.workloads).toMatchObject([{ path, count: 2 }]);
    expect(backend.gaps).toEqual([]);
  });

  it('finds a value by the hash of each device, and its own question; the value is printed nowhere', async () => {
    const value = (await platform.vault.read<{ data: Record<string, string> }>(dataPath))?.data.api_key ?? '';
    const env = {
      VAULT_ADDR: platform.vaultAddress,
      VAULT_CACERT: platform.vaultCaCertPath,
      VAULT_TOKEN: readFileSync(platform.vaultRootTokenPath, 'utf8').trim(),
    };
    const options = ['audit', 'find-value', '-e', 'staging', '--since', new Date(since).toISOString(), '--json'];
    const { code, stdout, stderr } = await runCommand([...options, '--log', `${log}*`], { input: value, env });
    expect(stderr).toBe('');
    expect(stdout).not.toContain(value);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { devices: string[]; given: AccessGroup[]; sent: []; hashed: AccessGroup[] };
    expect(report.devices).toEqual(['file']);
    expect(brief(report.given)).toEqual([
      ['root', 'read', 1, 'api_key'],
      ['shop/shop-backend', 'read', 2, 'api_key'],
      ['shop/shop-worker', 'read', 2, 'api_key'],
      ['userpass-asha', 'read', 2, 'api_key'],
      ['userpass-gone', 'read', 1, 'api_key'],
    ]);
    expect(report.sent).toEqual([]);
    expect(report.hashed).toMatchObject([{ path: 'sys/audit-hash/file', count: 1 }]);

    const older = await runCommand([...options, '--log', `${log}.1.gz`], { input: value, env });
    expect(older.code).toBe(1);
    expect(older.stdout).toContain('the question for the hash of device \\"file\\" is not in the files');
  });

  it('finds every read while a device is blocked, and says what Vault does then', async () => {
    const fifo = join(directory, 'blocked');
    execFileSync('mkfifo', [fifo]);
    // Somebody who has it open and never reads.
    const reader = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    await platform.vault.write('sys/audit/blocked', { type: 'file', options: { file_path: fifo } });
    const from = Date.now();
    const backend = clientOf(workloads['shop-backend'].connection.token);
    const root = clientOf(platform.vault.connection.token);
    let reads = 0;
    let slowest = 0;
    try {
      while (slowest < 1000) {
        const before = performance.now();
        await asha.read(dataPath);
        slowest = Math.max(slowest, performance.now() - before);
        reads++;
        expect(reads).toBeLessThan(500);
      }
      const before = performance.now();
      await backend.read(dataPath);
      const blocked = performance.now() - before;
      // Vault waits 10 s for a device at the request and 10 s at the response, and then goes on with the others.
      expect(blocked).toBeGreaterThan(15_000);
      expect(blocked).toBeLessThan(45_000);
    } finally {
      await root.delete('sys/audit/blocked');
      closeSync(reader);
      await Promise.all([backend.close(), root.close()]);
    }
    const report = await ask([`${log}*`], from);
    expect(brief(report.people)).toEqual([['userpass-asha', 'read', reads, 'api_key signing_key']]);
    expect(brief(report.workloads)).toEqual([['shop/shop-backend', 'read', 1, 'api_key signing_key']]);
    expect(report.gaps).toMatchObject([
      { kind: 'device', message: expect.stringContaining('"blocked" was disabled') as string },
    ]);
  }, 300_000);

  it('finds every read in two devices of which one stops, each once', async () => {
    const received = join(directory, 'socket.log');
    const listener = await listenInto(received);
    const options = { address: listener.address, socket_type: 'tcp' };
    let from = 0;
    try {
      await platform.vault.write('sys/audit/socket', { type: 'socket', options });
      // The log counts nanoseconds, this clock milliseconds: the window begins after the entry about the device.
      await delay(5);
      from = Date.now();
      await asha.read(dataPath);
      await asha.read(dataPath);
      await waitUntil('the listener has both answers', 30_000, () => {
        return Promise.resolve(readFileSync(received, 'utf8').split(`"path":"${dataPath}"`).length === 5);
      });
    } finally {
      await listener.close();
    }
    const before = performance.now();
    await asha.read(dataPath);
    await workloads['shop-worker'].read(dataPath);
    expect(performance.now() - before).toBeLessThan(10_000);

    const both = await ask([`${log}*`, received], from);
    expect(brief(both.people)).toEqual([['userpass-asha', 'read', 3, 'api_key signing_key']]);
    expect(brief(both.workloads)).toEqual([['shop/shop-worker', 'read', 1, 'api_key signing_key']]);
    expect(both.duplicates).toBe(2);
    expect(both.gaps).toEqual([]);
    await platform.vault.delete('sys/audit/socket');
    const later = await ask([`${log}*`], from);
    expect(later.gaps).toMatchObject([
      { kind: 'device', message: expect.stringContaining('"socket" was disabled') as string },
    ]);
  });

  it('answers from the API server which people and controllers read the Secrets that carry it', async () => {
    const from = Date.now();
    const stranger = await serviceAccountClient('stranger');
    const secretsPath = '/api/v1/namespaces/shop/secrets';
    await platform.kubernetes.get('v1', 'Secret', 'shop-backend-secret', 'shop');
    await platform.kubernetes.list('v1', 'Secret', 'shop');
    await platform.kubernetes.get('v1', 'Secret', 'other', 'shop');
    await expect(stranger.request('GET', `${secretsPath}/shop-worker-secret`)).rejects.toMatchObject<
      Partial<KubernetesError>
    >(denied);
    await stranger.close();
    await forceRefresh(platform, catalog, 'shop-backend');
    await waitUntil('the operator has looked at the Secret', 30_000, async () => {
      const { controllers } = await readKubernetesLog(await question());
      return controllers.some(({ identity }) => identity.name === 'external-secrets/external-secrets');
    });

    async function question() {
      return {
        logs: await findLogFiles([platform.kubernetesAuditLogPath]),
        window: { since: from, until: Date.now() },
        secrets: carryingSecrets(catalog, path),
      };
    }
    const report = await readKubernetesLog(await question());
    expect(report.secrets).toEqual([
      { namespace: 'shop', name: 'shop-backend-secret' },
      { namespace: 'shop', name: 'shop-worker-secret' },
    ]);
    expect(
      report.people.map(({ identity, action, path: target, count }) => [identity.name, action, target, count]),
    ).toEqual([
      ['embedded-admin', 'list', 'shop/*', 1],
      ['embedded-admin', 'get', 'shop/shop-backend-secret', 1],
    ]);
    expect(report.refused).toMatchObject([
      { identity: { name: 'shop/stranger' }, action: 'get', path: 'shop/shop-worker-secret', refusal: '403 Forbidden' },
    ]);
    expect(report.gaps).toEqual([]);
    expect(carryingSecrets(catalog, path, 'signing_key')).toEqual([{ namespace: 'shop', name: 'shop-worker-secret' }]);
  });

  /** Listens on a free port and appends what comes to a file. */
  async function listenInto(file: string): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
    const output = createWriteStream(file);
    const connections = new Set<Socket>();
    const listener = createServer((connection) => {
      connections.add(connection);
      connection.on('error', () => undefined);
      connection.pipe(output, { end: false });
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return {
      address: `127.0.0.1:${String((listener.address() as AddressInfo).port)}`,
      close: async () => {
        connections.forEach((connection) => connection.destroy());
        await new Promise((resolve) => listener.close(resolve));
        output.end();
      },
    };
  }

  async function serviceAccountClient(name: string): Promise<KubernetesClient> {
    const metadata = { name, namespace: 'shop' };
    await platform.kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, 'test');
    const { status } = await platform.kubernetes.request<{ status: { token: string } }>(
      'POST',
      `/api/v1/namespaces/shop/serviceaccounts/${name}/token`,
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } },
    );
    return new KubernetesClient({
      server: platform.apiServerUrl,
      caCert: readFileSync(platform.apiServerCaPath, 'utf8'),
      token: status.token,
    });
  }

  async function vaultPid(): Promise<number> {
    const pid = (await platform.status()).find(({ component }) => component === 'vault')?.pid;
    if (pid === undefined) {
      throw new Error('vault does not run');
    }
    return pid;
  }
});
