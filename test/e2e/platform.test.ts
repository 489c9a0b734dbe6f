import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openPlatform,
  operatorIdentity,
  type Platform,
  serviceAccountIssuer,
  startPlatform,
  stopPlatform,
} from '../../lib/embedded';
import { findStrays } from '../../lib/embedded/process';
import { KubernetesClient, type KubernetesObject } from '../../lib/kubernetes/client';
import { readKubeconfig } from '../../lib/kubernetes/connection';
import { VaultClient, VaultError } from '../../lib/vault/client';
import { Child, until } from '../embedded/support/child';
import { waitUntil } from './support/cluster';
import { commandLine, listeningAddresses } from './support/processes';

const namespace = 'platform-test';

function object(apiVersion: string, kind: string, name: string, more: object = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace }, ...more };
}

/** A token of a service account, as External Secrets Operator asks for it. */
async function tokenOf(client: KubernetesClient, account: string, audiences: readonly string[]): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } };
  const { status } = await client.request<{ status: { token: string } }>('POST', path, request);
  return status.token;
}

describe('the embedded platform', () => {
  const directory = mkdtempSync(join(tmpdir(), 'platform-'));
  let platform: Platform;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    const { kubernetes, vault } = platform;
    await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, 'test');
    for (const account of ['reader', 'stranger']) {
      await kubernetes.apply(object('v1', 'ServiceAccount', account), 'test');
    }
    await vault.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } });
    await vault.write('sys/auth/kubernetes', { type: 'kubernetes' });
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('runs every component, on loopback addresses only', async () => {
    const status = await platform.status();
    expect(status.map(({ component, ready }) => [component, ready])).toEqual([
      ['vault', true],
      ['etcd', true],
      ['kube-apiserver', true],
      ['kube-controller-manager', true],
      ['external-secrets', true],
      ['kube-scheduler', true],
      ['kwok', true],
    ]);
    const addresses = status.flatMap(({ pid = 0 }) => listeningAddresses(pid));
    expect(addresses.length).toBeGreaterThanOrEqual(status.length);
    expect(new Set(addresses)).toEqual(new Set(['0100007F']));
  });

  it('keeps its files to its owner, and its keys and tokens off the command lines', async () => {
    expect(statSync(directory).mode & 0o077).toBe(0);
    const secretFiles = [
      platform.vaultRootTokenPath,
      platform.kubeconfigPath,
      join(directory, 'vault', 'unseal-key'),
      join(directory, 'kube-apiserver', 'tokens.csv'),
    ];
    expect(secretFiles.map((file) => statSync(file).mode & 0o777)).toEqual(secretFiles.map(() => 0o600));
    const tokens = readFileSync(join(directory, 'kube-apiserver', 'tokens.csv'), 'utf8').match(/^[0-9a-f]{64}/gm) ?? [];
    const values = [readFileSync(platform.vaultRootTokenPath, 'utf8').trim(), ...tokens];
    expect(values.length).toBeGreaterThan(5);
    const lines = (await platform.status()).flatMap(({ pid = 0 }) => commandLine(pid));
    expect(lines.filter((line) => values.some((value) => line.includes(value)))).toEqual([]);
  });

  it('stores secrets encrypted', async () => {
    const canary = randomBytes(24).toString('hex');
    await platform.kubernetes.apply(object('v1', 'Secret', 'canary', { stringData: { value: canary } }), 'test');
    await platform.kubernetes.apply(object('v1', 'ConfigMap', 'plain', { data: { value: `plain-${canary}` } }), 'test');
    const stored = readdirSync(join(directory, 'etcd'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    const count = stored.reduce((sum, content) => sum + content.toString('latin1').split(canary).length - 1, 0);
    const plain = stored.reduce(
      (sum, content) => sum + content.toString('latin1').split(`plain-${canary}`).length - 1,
      0,
    );
    expect(plain).toBeGreaterThan(0);
    expect(count).toBe(plain);
  });

  describe("Vault's Kubernetes login, with the token itself as its reviewer", () => {
    const role = { role: 'reader' };
    let login: (jwt: string) => Promise<string>;

    beforeAll(async () => {
      const { vault, kubernetes } = platform;
      await vault.write('auth/kubernetes/config', {
        kubernetes_host: platform.apiServerUrl,
        kubernetes_ca_cert: readFileSync(platform.apiServerCaPath, 'utf8'),
        disable_local_ca_jwt: true,
      });
      await vault.write('sys/policies/acl/reader', { policy: 'path "secret/data/reader" { capabilities = ["read"] }' });
      await vault.write('auth/kubernetes/role/reader', {
        bound_service_account_names: ['reader'],
        bound_service_account_namespaces: [namespace],
        audience: 'vault',
        token_policies: ['reader'],
        token_ttl: '15m',
      });
      await vault.write('secret/data/reader', { data: { password: 'kept' } });
      await kubernetes.apply(
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'platform-test-reviewers' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
          subjects: ['reader', 'stranger'].map((name) => ({ kind: 'ServiceAccount', name, namespace })),
        },
        'test',
      );
      login = async (jwt) => {
        const answer = await vault.write('auth/kubernetes/login', { ...role, jwt });
        return answer.auth?.client_token ?? '';
      };
    });

    it('gives the right service account its policy', async () => {
      const jwt = await tokenOf(platform.kubernetes, 'reader', ['vault', serviceAccountIssuer]);
      const reader = platform.vault.withToken(await login(jwt));
      expect(await reader.read('secret/data/reader')).toMatchObject({ data: { password: 'kept' } });
      await expect(reader.read('secret/data/other')).rejects.toMatchObject({ status: 403 });
      await reader.close();
    });

    it.each([
      ['a token for another audience', 'reader', [serviceAccountIssuer], /invalid audience/],
      ['another service account', 'stranger', ['vault', serviceAccountIssuer], /service account name not authorized/],
      ['a token that the API server does not accept', 'reader', ['vault'], /permission denied/],
    ] as const)('fails for %s', async (_, account, audiences, reason) => {
      const jwt = await tokenOf(platform.kubernetes, account, audiences);
      const refused = await login(jwt).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(VaultError);
      expect(refused).toMatchObject({ status: 403 });
      expect((refused as VaultError).errors.join()).toMatch(reason);
    });

    it('reaches External Secrets Operator through a Role for exactly that service account only', async () => {
      const { kubernetes } = platform;
      const operator = new KubernetesClient(await readKubeconfig(join(directory, 'external-secrets', 'kubeconfig')));
      await expect(tokenOf(operator, 'reader', ['vault'])).rejects.toMatchObject({ status: 403 });
      const certificate = readFileSync(platform.vaultCaCertPath);
      await kubernetes.apply(
        object('external-secrets.io/v1', 'SecretStore', 'reader', {
          spec: {
            provider: {
              vault: {
                server: platform.vaultAddress,
                path: 'secret',
                caBundle: certificate.toString('base64'),
                auth: {
                  kubernetes: {
                    mountPath: 'kubernetes',
                    role: 'reader',
                    serviceAccountRef: { name: 'reader', audiences: ['vault', serviceAccountIssuer] },
                  },
                },
              },
            },
          },
        }),
        'test',
      );
      const conditions = async (): Promise<{ status: string; reason: string }[]> => {
        const store = await kubernetes.get('external-secrets.io/v1', 'SecretStore', 'reader', namespace);
        return (store?.status as { conditions?: { status: string; reason: string }[] } | undefined)?.conditions ?? [];
      };
      await waitUntil('the store is refused', 30_000, async () =>
        (await conditions()).some(({ status }) => status === 'False'),
      );
      await kubernetes.apply(
        object('rbac.authorization.k8s.io/v1', 'Role', 'reader-token', {
          rules: [
            { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['reader'], verbs: ['create'] },
          ],
        }),
        'test',
      );
      await kubernetes.apply(
        object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'reader-token', {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader-token' },
          subjects: [
            { kind: 'ServiceAccount', name: operatorIdentity.serviceAccount, namespace: operatorIdentity.namespace },
          ],
        }),
        'test',
      );
      await waitUntil('the store is valid', 60_000, async () => {
        await kubernetes.patch(object('external-secrets.io/v1', 'SecretStore', 'reader'), {
          metadata: { annotations: { again: String(Date.now()) } },
        });
        return (await conditions()).some(({ status, reason }) => status === 'True' && reason === 'Valid');
      });
      await expect(tokenOf(operator, 'stranger', ['vault'])).rejects.toMatchObject({ status: 403 });
      await operator.close();
    });
  });

  it('brings Deployments to their end', async () => {
    const labels = { app: 'web' };
    await platform.kubernetes.apply(
      object('apps/v1', 'Deployment', 'web', {
        spec: {
          replicas: 3,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'example.test/web:1' }] } },
        },
      }),
      'test',
    );
    await waitUntil('three pods are available', 30_000, async () => {
      const deployment = await platform.kubernetes.get('apps/v1', 'Deployment', 'web', namespace);
      return (deployment?.status as { availableReplicas?: number } | undefined)?.availableReplicas === 3;
    });
  });

  it('records who touched secrets, and no value', () => {
    const log = readFileSync(platform.kubernetesAuditLogPath, 'utf8').trim().split('\n');
    const events = log.map((line) => JSON.parse(line) as { objectRef?: { resource: string; name?: string } });
    expect(events.some(({ objectRef }) => objectRef?.resource === 'secrets' && objectRef.name === 'canary')).toBe(true);
    expect(log.filter((line) => line.includes('stringData'))).toEqual([]);
  });

  it('restarts one component with another option, and the others stay', async () => {
    const before = await platform.status();
    await platform.restart('external-secrets', { tokenCache: true });
    const after = await platform.status();
    const changed = after.filter(({ pid }, index) => pid !== before[index]?.pid);
    expect(changed.map(({ component, ready }) => [component, ready])).toEqual([['external-secrets', true]]);
    expect(commandLine(changed[0]?.pid ?? 0)).toContain('--experimental-enable-vault-token-cache');
  });

  it('shows an outage, and unseals Vault after it', async () => {
    await platform.stopComponent('vault');
    const down = (await platform.status()).filter(({ ready }) => !ready);
    expect(down.map(({ component, pid }) => [component, pid])).toEqual([['vault', undefined]]);
    await expect(openPlatform(directory)).rejects.toThrow('runs without vault');
    await platform.restart('vault');
    expect(await platform.vault.read('secret/data/reader')).toMatchObject({ data: { password: 'kept' } });
  });

  it('stops without leaving a process, and starts again with its data, addresses and tokens', async () => {
    const { vaultAddress, apiServerUrl } = platform;
    const kubeconfig = readFileSync(platform.kubeconfigPath, 'utf8');
    expect(findStrays(directory).length).toBe(platform.components.length);
    await platform.stop();
    expect(findStrays(directory)).toEqual([]);
    platform = await startPlatform({ directory });
    expect([platform.vaultAddress, platform.apiServerUrl]).toEqual([vaultAddress, apiServerUrl]);
    expect(readFileSync(platform.kubeconfigPath, 'utf8')).toBe(kubeconfig);
    expect(await platform.vault.read('secret/data/reader')).toMatchObject({ data: { password: 'kept' } });
    expect(await platform.kubernetes.get('v1', 'Secret', 'canary', namespace)).toBeDefined();
  });

  it('is attached to where it runs already', async () => {
    const again = await startPlatform({ directory });
    expect(await again.status()).toEqual(await platform.status());
    await again.close();
    expect((await platform.status()).every(({ ready }) => ready)).toBe(true);
  });

  it('mounts nothing in a fresh Vault, and trusts only its own authority', async () => {
    const mounts = await platform.vault.read<Record<string, { type: string }>>('sys/mounts');
    expect(Object.keys(mounts ?? {}).sort()).toEqual(['cubbyhole/', 'identity/', 'secret/', 'sys/']);
    const distrustful = new VaultClient({ address: platform.vaultAddress });
    await expect(distrustful.read('sys/health')).rejects.toThrow(/unable to verify|self-signed|issuer certificate/);
    await distrustful.close();
  });
});

describe('the end of the process that started a platform', () => {
  const directory = mkdtempSync(join(tmpdir(), 'platform-ends-'));
  const script = 'e2e/support/run-platform.ts';

  afterAll(async () => {
    await stopPlatform(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  async function allGone(): Promise<void> {
    await until(() => findStrays(directory).length === 0, 30_000);
  }

  it('by Ctrl-C in the middle of the start leaves no process', async () => {
    const child = new Child(script, [directory]);
    await child.wrote(/^etcd .* ready in/);
    child.kill('SIGINT');
    const { signal, output } = await child.ended;
    expect(signal).toBe('SIGINT');
    expect(output).not.toContain('started');
    expect(findStrays(directory)).toEqual([]);
  });

  it('by Ctrl-C after the start leaves no process', async () => {
    const child = new Child(script, [directory]);
    await child.wrote('started');
    child.kill('SIGINT');
    expect((await child.ended).signal).toBe('SIGINT');
    expect(findStrays(directory)).toEqual([]);
  });

  it('by an uncaught error leaves no process', async () => {
    const child = new Child(script, [directory, 'mistake']);
    expect((await child.ended).code).toBe(1);
    await allGone();
  });

  it('by kill -9 leaves processes that the next one takes over or stops', async () => {
    const child = new Child(script, [directory]);
    await child.wrote('started');
    child.kill('SIGKILL');
    await child.ended;
    const platform = await startPlatform({ directory });
    expect((await platform.status()).every(({ ready }) => ready)).toBe(true);
    await platform.close();
    expect(await stopPlatform(directory)).toBe(7);
    expect(findStrays(directory)).toEqual([]);
  });

  it('by kill -9 in the middle of the start is recovered from by the next start', async () => {
    const child = new Child(script, [directory]);
    await child.wrote(/^etcd .* ready in/);
    child.kill('SIGKILL');
    await child.ended;
    expect(findStrays(directory).length).toBeGreaterThan(0);
    const platform = await startPlatform({ directory });
    expect((await platform.status()).every(({ ready }) => ready)).toBe(true);
    await platform.stop();
    expect(findStrays(directory)).toEqual([]);
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });
});
