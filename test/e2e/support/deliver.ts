import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import {
  type Catalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
} from '../../../lib/catalog';
import type { Platform } from '../../../lib/embedded';
import { VaultDelivery } from '../../../lib/kubernetes';
import type { KubernetesObject } from '../../../lib/kubernetes/client';
import { KvEngine } from '../../../lib/vault/kv';
import { accessOfEnvironment } from '../../../lib/vault/workload-access';
import { waitUntil } from './cluster';

/** Where Vault writes what {@link deliverWithoutPulumi} makes it write. */
export function auditLogOfTest(platform: Platform): string {
  return join(platform.vaultAuditFolder, 'audit.log');
}

/** An environment of a test's own catalog on the platform. */
export function testEnvironment(
  platform: Platform,
  catalog: Catalog,
  mount = 'secret',
): Environment<ExternalSecretsDelivery> {
  return defineEnvironment('test', {
    catalog,
    delivery: externalSecrets({
      vault: {
        mount,
        address: platform.vaultAddress,
        ca: { type: 'certificate', pem: readFileSync(platform.vaultCaCertPath, 'utf8') },
        audit: [
          { name: 'file', filePath: auditLogOfTest(platform) },
          { name: 'stdout', filePath: 'stdout' },
        ],
      },
    }),
  });
}

/** Vault access and manifests as the library derives them, written by hand where a test needs no Pulumi. */
export async function deliverWithoutPulumi(
  platform: Platform,
  environment: Environment<ExternalSecretsDelivery>,
): Promise<void> {
  await writeVaultAccess(platform, environment);
  const chart = new Chart(new App(), environment.name);
  new VaultDelivery(chart, 'Delivery', { environment });
  const namespaces = new Set(Object.values(environment.catalog.workloads).map(({ namespace }) => namespace));
  for (const name of namespaces) {
    await platform.kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, 'test');
  }
  for (const object of chart.toJson() as KubernetesObject[]) {
    await platform.kubernetes.apply(object, 'test');
  }
}

/** Vault's audit device and auth method, and the policies and roles of an environment. */
export async function writeVaultAccess(
  platform: Platform,
  environment: Environment<ExternalSecretsDelivery>,
): Promise<void> {
  const { vault } = platform;
  await vault.write('sys/audit/file', { type: 'file', options: { file_path: auditLogOfTest(platform) } });
  await vault.write('sys/auth/kubernetes', { type: 'kubernetes' });
  await vault.write('auth/kubernetes/config', {
    kubernetes_host: platform.apiServerUrl,
    kubernetes_ca_cert: readFileSync(platform.apiServerCaPath, 'utf8'),
    disable_local_ca_jwt: true,
  });
  for (const { policy, role } of accessOfEnvironment(environment)) {
    await vault.write(`sys/policies/acl/${policy.name}`, { policy: policy.text });
    await vault.write(`auth/kubernetes/role/${role.name}`, {
      bound_service_account_names: role.boundServiceAccountNames,
      bound_service_account_namespaces: role.boundServiceAccountNamespaces,
      audience: role.audience,
      token_policies: role.tokenPolicies,
      token_ttl: role.tokenTtl,
      token_no_default_policy: role.tokenNoDefaultPolicy,
    });
  }
}

/** A KV version 2 engine, once it answers: Vault upgrades a new one in the background. */
export async function makeEngine(platform: Platform, mount: string): Promise<KvEngine> {
  await platform.vault.write(`sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } });
  const kv = new KvEngine(platform.vault, mount);
  await waitUntil('the engine answers', 30_000, async () => {
    return await kv.state('nothing').then(
      () => true,
      () => false,
    );
  });
  return kv;
}
