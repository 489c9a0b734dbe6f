import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Catalog, type Environment, type ExternalSecretsDelivery, workloadNames } from '../../../lib/catalog';
import type { Platform } from '../../../lib/embedded';
import { VaultClient } from '../../../lib/vault/client';

/** Waits until something holds; fails with its name when it does not in time. */
export async function waitUntil(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    }
    await delay(50);
  }
}

/** What a workload's Secret holds, decoded. */
export async function secretData(
  platform: Platform,
  catalog: Catalog,
  workload: string,
): Promise<Record<string, string>> {
  const { secret } = workloadNames(catalog.name, workload);
  const object = await platform.kubernetes.get('v1', 'Secret', secret, namespaceOf(catalog, workload));
  const data = (object?.data ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** Makes the operator read Vault now. */
export async function forceRefresh(platform: Platform, catalog: Catalog, workload: string): Promise<void> {
  const { externalSecret } = workloadNames(catalog.name, workload);
  const object = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: externalSecret, namespace: namespaceOf(catalog, workload) },
  };
  await platform.kubernetes.patch(object, { metadata: { annotations: { 'force-sync': String(Date.now()) } } });
}

/** Logs in to Vault with a fresh token of a workload's service account. */
export async function loginAs(
  platform: Platform,
  environment: Environment<ExternalSecretsDelivery>,
  workload: string,
  role = workloadNames(environment.catalog.name, workload).vaultRole,
): Promise<VaultClient> {
  const { auth } = environment.delivery.vault;
  const { serviceAccount } = workloadNames(environment.catalog.name, workload);
  const namespace = namespaceOf(environment.catalog, workload);
  const request = await platform.kubernetes.request<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [auth.audience, auth.apiServerAudience], expirationSeconds: 600 },
    },
  );
  const client = new VaultClient({
    address: platform.vaultAddress,
    caCert: readFileSync(platform.vaultCaCertPath, 'utf8'),
  });
  try {
    const answer = await client.write(`auth/${auth.mount}/login`, { role, jwt: request.status.token });
    return client.withToken(answer.auth?.client_token ?? '');
  } finally {
    await client.close();
  }
}

/** Names of everything in Vault that the program could have made. */
export async function vaultFootprint(
  platform: Platform,
): Promise<Record<'mounts' | 'auth' | 'audit' | 'policies', string[]>> {
  const names = async (path: string): Promise<string[]> => Object.keys((await platform.vault.read(path)) ?? {}).sort();
  return {
    mounts: await names('sys/mounts'),
    auth: await names('sys/auth'),
    audit: await names('sys/audit'),
    policies: (await platform.vault.list('sys/policies/acl')).sort(),
  };
}

function namespaceOf(catalog: Catalog, workload: string): string {
  const declaration = catalog.workloads[workload];
  if (!declaration) {
    throw new Error(`no workload ${workload}`);
  }
  return declaration.namespace;
}
