import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { staging } from '../../environments/staging';
import { overrideEnvironment, workloadNames } from '../../lib/catalog';
import type { VerifyFinding } from '../../lib/check/finding';
import type { Verification } from '../../lib/check/verification';
import { type Platform, startPlatform } from '../../lib/embedded';
import { deliver, type PulumiProgram } from '../../lib/embedded/main-job';
import { silentReporter } from '../../lib/embedded/reporter';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { requestToken } from '../../lib/kubernetes/token-request';
import { KvEngine } from '../../lib/vault/kv';
import { accessOfEnvironment } from '../../lib/vault/workload-access';
import program from '../../stacks/index';
import { type CommandResult, runCommand } from '../support/command-line';
import { waitUntil } from './support/cluster';

const { catalog } = staging;
const mount = staging.delivery.vault.mount;
const workloads = Object.keys(catalog.workloads);
const roles = accessOfEnvironment(staging).map(({ role }) => role.name);

describe('nivesh-secrets verify on a live Vault and cluster', () => {
  const directory = mkdtempSync(join(tmpdir(), 'verify-'));
  let platform: Platform;
  let kubeconfig: string;
  let vaultToken: string;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    await deliver({
      platform,
      environment: staging,
      program: program as unknown as PulumiProgram,
      reporter: silentReporter,
    });
    vaultToken = await makeVaultToken();
    kubeconfig = await makeKubeconfig();
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const stackConfig = (): string =>
    join(directory, 'pulumi', 'projects', 'nivesh-secrets', `Pulumi.${staging.name}.yaml`);

  async function verify(...options: string[]): Promise<CommandResult> {
    return await runCommand(
      ['verify', '--environment', 'staging', '--stack-config', stackConfig(), '--kubeconfig', kubeconfig, ...options],
      { env: { VAULT_TOKEN: vaultToken } },
    );
  }

  /** What the verb itself says it needs, and nothing else: no root token, no administrator of the cluster. */
  async function makeVaultToken(...more: string[]): Promise<string> {
    const { stdout } = await runCommand(['verify', '--environment', 'staging', '--rights', 'vault', ...more]);
    await platform.vault.write('sys/policies/acl/nivesh-verifier', { policy: stdout });
    const { auth } = await platform.vault.write('auth/token/create', {
      policies: ['nivesh-verifier'],
      no_default_policy: true,
    });
    return auth?.client_token ?? '';
  }

  async function makeKubeconfig(): Promise<string> {
    const account = { name: 'verifier', namespace: 'nivesh' };
    const subjects = [{ kind: 'ServiceAccount', ...account }];
    await platform.kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }, 'test');
    const { stdout } = await runCommand([
      ...['verify', '--environment', 'staging', '--stack-config', stackConfig(), '--rights', 'kubernetes'],
    ]);
    for (const document of parseAllDocuments(stdout)) {
      const role = document.toJS() as KubernetesObject;
      await platform.kubernetes.apply(role, 'test');
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: role.metadata.name };
      const binding = { ...role, kind: `${role.kind}Binding`, rules: undefined, roleRef, subjects };
      await platform.kubernetes.apply(binding, 'test');
    }
    const token = await requestToken(platform.kubernetes, {
      namespace: 'nivesh',
      serviceAccount: 'verifier',
      audiences: [staging.delivery.vault.auth.apiServerAudience],
    });
    const file = join(directory, 'verifier-kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'verifier',
      contexts: [{ name: 'verifier', context: { cluster: 'platform', user: 'verifier' } }],
      clusters: [
        {
          name: 'platform',
          cluster: { server: platform.apiServerUrl, 'certificate-authority': platform.apiServerCaPath },
        },
      ],
      users: [{ name: 'verifier', user: { token: token.reveal() } }],
    };
    writeFileSync(file, stringify(config), { mode: 0o600 });
    return file;
  }

  /** The findings after a change by hand, which is then taken back. */
  async function findingsWhile(change: () => Promise<() => Promise<unknown>>): Promise<VerifyFinding[]> {
    const takeBack = await change();
    try {
      const { code, stdout, stderr } = await verify('--json');
      expect([code, stderr.includes('error')]).toEqual([1, false]);
      return [...(JSON.parse(stdout) as Verification).findings];
    } finally {
      await takeBack();
    }
  }

  async function withPolicy(workload: string, edit: (policy: string) => string): Promise<() => Promise<unknown>> {
    const path = `sys/policies/acl/${workloadNames(catalog.name, workload).vaultPolicy}`;
    const { policy = '' } = (await platform.vault.read<{ policy: string }>(path)) ?? {};
    await platform.vault.write(path, { policy: edit(policy) });
    return async () => await platform.vault.write(path, { policy });
  }

  async function withObject(
    object: Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>,
    patch: unknown,
    back: unknown,
  ): Promise<() => Promise<unknown>> {
    await platform.kubernetes.patch(object, patch);
    return async () => await platform.kubernetes.patch(object, back);
  }

  it('finds everything as declared, with no more rights than it asks for', async () => {
    expect(existsSync(stackConfig())).toBe(true);
    const { code, stdout, stderr } = await verify();
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/: all as declared\n$/), expect.anything()]);
    const shown = stdout.replace(/\d+ s ago/g, 'S s ago').replace(/\d+ paths/, 'N paths');
    expect(shown.split('\n')[1]?.trim().split(/ {2,}/)).toEqual([
      'nivesh-backend',
      'nivesh/nivesh-backend-secret',
      String(Object.keys(catalog.workloads['nivesh-backend']?.env ?? {}).length),
      'yes',
      'S s ago',
      expect.stringMatching(/^\d{3}$/),
      `${roles.length - 1} of ${roles.length - 1}`,
    ]);
    // The rotator has two roles, and neither of them is one of others.
    const refused = (roles.length - 2) * (roles.length - 1) + 2 * (roles.length - 2);
    expect(stdout).toMatch(
      new RegExp(
        `staging: ${workloads.length} workloads, \\d{4} paths asked of Vault, ${refused} logins with roles of others refused`,
      ),
    );
  });

  it('prints the same for programs', async () => {
    const { code, stdout } = await verify('--json');
    expect(code).toBe(0);
    const { findings, proofs } = JSON.parse(stdout) as Verification;
    expect(findings).toEqual([]);
    const rotators = ['nivesh-rotator', 'nivesh-rotation'];
    expect(proofs.map(({ role, rolesTried, rolesOpen }) => [role, rolesTried, rolesOpen])).toEqual(
      roles.map((role) => [role, roles.length - (rotators.includes(role) ? 2 : 1), []]),
    );
  });

  it('names a path that Vault allows too much, and the changed rule', async () => {
    const findings = await findingsWhile(
      async () =>
        await withPolicy(
          'grafana',
          (policy) => `${policy}\npath "${mount}/data/nivesh/redis" { capabilities = ["read"] }`,
        ),
    );
    expect(findings.map(({ check, object, field, message }) => [check, object, field, message])).toEqual([
      ['access', 'grafana', 'secret/data/nivesh/redis', 'Vault allows read, the catalog does not'],
      [
        'drift',
        'policy nivesh-grafana',
        undefined,
        'path "secret/data/nivesh/redis" { capabilities = ["read"] } was added',
      ],
    ]);
  });

  it('names a path that Vault refuses and the catalog grants', async () => {
    const findings = await findingsWhile(
      async () => await withPolicy('grafana', (policy) => policy.replace('nivesh/grafana', 'nivesh/other')),
    );
    expect(
      findings.filter(({ check }) => check === 'access').map(({ object, field, message }) => [object, field, message]),
    ).toEqual([['grafana', 'secret/data/nivesh/grafana', 'Vault refuses read, the catalog grants it']]);
  });

  it('names a role that lets another workload in, and the setting that was changed', async () => {
    const { vaultRole } = workloadNames(catalog.name, 'mlflow');
    const path = `auth/kubernetes/role/${vaultRole}`;
    const before = await platform.vault.read(path);
    const findings = await findingsWhile(async () => {
      await platform.vault.write(path, { ...before, bound_service_account_names: ['mlflow', 'airflow'] });
      return async () => await platform.vault.write(path, before);
    });
    expect(findings.map(({ check, object, field, message }) => [check, object, field, message])).toEqual([
      ['access', 'airflow', undefined, 'nivesh/airflow can log in with role nivesh-mlflow, which is not its own'],
      ['drift', 'role nivesh-mlflow', 'bound_service_account_names[1]', 'it was added, got "airflow"'],
    ]);
  });

  it('finds a role that nobody declared and that lets workloads in', async () => {
    const findings = await findingsWhile(async () => {
      const path = 'auth/kubernetes/role/anybody';
      await platform.vault.write(path, {
        bound_service_account_names: ['*'],
        bound_service_account_namespaces: ['nivesh'],
        audience: 'vault',
      });
      return async () => {
        await platform.vault.delete(path);
      };
    });
    expect(findings).toHaveLength(roles.length);
    expect(new Set(findings.map(({ message }) => message.replace(/^\S+/, 'X')))).toEqual(
      new Set(['X can log in with role anybody, which is not its own']),
    );
  });

  it('finds a policy that came to an identity by its entity', async () => {
    const findings = await findingsWhile(async () => {
      const { id } = await entityOf('nivesh/alertmanager');
      await platform.vault.write('sys/policies/acl/sneaked-in', {
        policy: 'path "elsewhere/*" { capabilities = ["read"] }',
      });
      await platform.vault.write(`identity/entity/id/${id}`, { policies: ['sneaked-in'] });
      return async () => {
        await platform.vault.write(`identity/entity/id/${id}`, { policies: [] });
        await platform.vault.delete('sys/policies/acl/sneaked-in');
      };
    });
    expect(findings.map(({ object, message }) => [object, message])).toEqual([
      ['alertmanager', 'its token has policy sneaked-in beside nivesh-alertmanager'],
    ]);
  });

  async function entityOf(alias: string): Promise<{ id: string }> {
    for (const id of await platform.vault.list('identity/entity/id')) {
      const entity = await platform.vault.read<{ aliases: { name: string }[] }>(`identity/entity/id/${id}`);
      if (entity?.aliases.some(({ name }) => name === alias)) {
        return { id };
      }
    }
    throw new Error(`no entity has the alias ${alias}`);
  }

  it('names objects and fields that were changed by hand', async () => {
    const externalSecret = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'airflow-secrets', namespace: 'nivesh' },
    };
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'grafana', namespace: 'nivesh' } };
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'mlflow-token', namespace: 'nivesh' },
    };
    const [rule] = ((await platform.kubernetes.get(role.apiVersion, 'Role', 'mlflow-token', 'nivesh'))?.rules ??
      []) as Record<string, unknown>[];
    const findings = await findingsWhile(async () => {
      const back = [
        await withObject(
          externalSecret,
          { spec: { refreshInterval: '6h0m0s' } },
          { spec: { refreshInterval: '15m0s' } },
        ),
        await withObject(account, { automountServiceAccountToken: true }, { automountServiceAccountToken: false }),
        await withObject(role, { rules: [{ ...rule, resourceNames: ['mlflow', 'airflow'] }] }, { rules: [rule] }),
      ];
      return async () => await Promise.all(back.map(async (one) => await one()));
    });
    expect(findings.map(({ check, object, field, message }) => [check, object, field, message]).sort()).toEqual([
      ['drift', 'ExternalSecret nivesh/airflow-secrets', 'spec.refreshInterval', 'got "6h0m0s", declared "15m0s"'],
      ['drift', 'Role nivesh/mlflow-token', 'rules[0].resourceNames[1]', 'it was added, got "airflow"'],
      ['drift', 'ServiceAccount nivesh/grafana', 'automountServiceAccountToken', 'got true, declared false'],
    ]);
  });

  it('finds an ExternalSecret that the operator has not refreshed for two intervals', async () => {
    const environment = overrideEnvironment(staging, { vaultAddress: platform.vaultAddress });
    const { checkDelivery } = await import('../../lib/check/delivery.js');
    const { staleDeliveries } = await import('../../lib/check/freshness.js');
    const deliveries = await checkDelivery(environment, platform.kubernetes, new KvEngine(platform.vault, mount));
    const refreshed = Math.min(...deliveries.map(({ refreshTime = '' }) => Date.parse(refreshTime)));
    expect(staleDeliveries(environment, deliveries, refreshed + 30 * 60_000)).toEqual([]);
    expect(staleDeliveries(environment, deliveries, refreshed + 30 * 60_000 + 1000).length).toBeGreaterThan(0);
  });

  it('refuses values that look like examples, and shows none', async () => {
    const kv = new KvEngine(platform.vault, mount);
    const planted = ['change', 'me', 'please'].join('-');
    const before = await kv.read('nivesh/grafana');
    await kv.patch('nivesh/grafana', before?.version ?? 0, { admin_password: planted });
    const token = vaultToken;
    vaultToken = await makeVaultToken('--values');
    const { code, stdout, stderr } = await verify('--values');
    vaultToken = token;
    const after = await kv.read('nivesh/grafana');
    await kv.patch('nivesh/grafana', after?.version ?? 0, {
      admin_password: before?.data.admin_password ?? '',
    });
    expect(code).toBe(1);
    expect(stdout).toContain('[values] nivesh/grafana.admin_password: the value is no secret: it is a placeholder');
    expect(stdout + stderr).not.toContain(planted);
  });

  it('finds a store that is gone', async () => {
    const store = { apiVersion: 'external-secrets.io/v1', kind: 'ClusterSecretStore', name: 'vault-airflow' };
    const live = await platform.kubernetes.get(store.apiVersion, store.kind, store.name);
    const findings = await findingsWhile(async () => {
      await platform.kubernetes.delete(store.apiVersion, store.kind, store.name);
      return async () => {
        const { apiVersion, kind, name } = store;
        const metadata = { name, annotations: live?.metadata.annotations ?? {} };
        await platform.kubernetes.apply({ apiVersion, kind, metadata, spec: live?.spec }, 'test');
        await waitUntil('the store is ready', 30_000, async () => (await verify()).code === 0);
      };
    });
    expect(findings.map(({ object, message }) => [object, message])).toContainEqual([
      'ClusterSecretStore vault-airflow',
      'it does not exist',
    ]);
  });

  it('fails with exit code 3 and the right that is missing', async () => {
    const token = vaultToken;
    const { auth } = await platform.vault.write('auth/token/create', { policies: ['default'] });
    vaultToken = auth?.client_token ?? '';
    const { code, stderr } = await verify();
    vaultToken = token;
    expect(code).toBe(3);
    expect(stderr).toMatch(/permission denied[\s\S]*fix: /);
  });
});
