import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { countServedRequests } from '../../lib/audit/served-requests';
import { defineCatalog, type Environment, type ExternalSecretsDelivery, workloadNames } from '../../lib/catalog';
import { type Platform, startPlatform } from '../../lib/embedded';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { followObjects } from '../../lib/kubernetes/follow';
import { isSynchronised, refreshExternalSecret } from '../../lib/kubernetes/refresh';
import type { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { secretData } from '../e2e/support/cluster';
import { auditLogOfTest, makeEngine, testEnvironment, writeVaultAccess } from '../e2e/support/deliver';
import type { Benchmark, Measures } from './harness/benchmark';
import { type Delivery, entryDelivery, ourDelivery } from './support/deliveries';
import { makeTeams, workloadsOf } from './support/services';
import { sizeOf } from './support/size';

const services = sizeOf('SERVICES', 1000);
const changes = sizeOf('CHANGES', 200);
/** Objects that are applied at the same time. */
const hands = 10;

type VaultEnvironment = Environment<ExternalSecretsDelivery>;

/** A way of delivery on a platform of its own, from nothing. */
async function runSide(deliveryOf: (environment: VaultEnvironment) => Delivery): Promise<Measures> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-sync-'));
  const platform = await startPlatform({ directory, workloads: 'none', tokenCache: true });
  try {
    const environment = testEnvironment(
      platform,
      defineCatalog({ name: 'bench', workloads: workloadsOf(makeTeams(services)) }),
    );
    const kv = await makeEngine(platform, environment.delivery.vault.mount);
    await seed(environment.catalog, kv);
    const delivery = deliveryOf(environment);
    await writeVaultAccess(platform, delivery.access);
    const first = await requestsIn(platform, async () => await deliverAll(platform, delivery, environment));
    const later = await requestsIn(platform, async () => await changeValues(platform, environment, kv));
    return {
      ...first.result,
      requests: first.requests,
      ...later.result,
      'requests a refresh': later.requests / changes,
    };
  } finally {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Requests that Vault answered to the operator meanwhile. */
async function requestsIn<T>(platform: Platform, work: () => Promise<T>): Promise<{ result: T; requests: number }> {
  const log = auditLogOfTest(platform);
  const { size } = statSync(log);
  const result = await work();
  // A token is given back, and a store is looked at again, after the Secret is written.
  await delay(2000);
  const counts = [...(await countServedRequests(log, size)).values()];
  if (counts.some(({ denied }) => denied > 0)) {
    throw new Error('vault refused the operator');
  }
  return { result, requests: counts.reduce((sum, { total }) => sum + total, 0) };
}

async function deliverAll(
  { kubernetes }: Platform,
  { stores, externalSecrets }: Delivery,
  { catalog }: VaultEnvironment,
): Promise<Measures> {
  const apply = async (objects: readonly KubernetesObject[]): Promise<void> => {
    const waiting = [...objects];
    const hand = async (): Promise<void> => {
      for (let object = waiting.shift(); object; object = waiting.shift()) {
        await kubernetes.apply(object, 'bench');
      }
    };
    await Promise.all(Array.from({ length: hands }, hand));
  };
  const namespaces = new Set(Object.values(catalog.workloads).map(({ namespace }) => namespace));
  await apply([...namespaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  const since = performance.now();
  // In the order of the Pulumi program: what needs a store comes when it is ready.
  await allReady(kubernetes, stores, async () => {
    await apply(stores.filter(({ kind }) => kind !== 'ClusterSecretStore'));
    await apply(stores.filter(({ kind }) => kind === 'ClusterSecretStore'));
  });
  const storesReady = performance.now();
  await allReady(kubernetes, externalSecrets, async () => {
    await apply(externalSecrets);
  });
  const done = performance.now();
  return { time: (done - since) / 1000, 'time of stores': (storesReady - since) / 1000 };
}

/** Applies objects and waits until the operator says that all of them are ready. */
async function allReady(
  kubernetes: Platform['kubernetes'],
  objects: readonly KubernetesObject[],
  apply: () => Promise<void>,
): Promise<void> {
  const [watched] = objects.filter(({ apiVersion }) => apiVersion.startsWith('external-secrets.io/'));
  const count = objects.filter(({ kind }) => kind === watched?.kind).length;
  const ended = new AbortController();
  const { apiVersion, kind } = watched ?? { apiVersion: '', kind: '' };
  let followed: Promise<void> | undefined;
  try {
    const ready = new Promise<void>((resolve) => {
      followed = followObjects(kubernetes, { apiVersion, kind, signal: ended.signal }, (found) => {
        if (found.filter(isSynchronised).length === count) {
          resolve();
        }
      });
    });
    await apply();
    await ready;
  } finally {
    ended.abort();
    await followed;
  }
}

/** From the new value in Vault to the Secret that holds it, one change after the other. */
async function changeValues(platform: Platform, { catalog }: VaultEnvironment, kv: KvEngine): Promise<Measures> {
  const times: number[] = [];
  const workloads = Object.entries(catalog.workloads);
  for (let change = 0; change < changes; change++) {
    const [workload = '', { namespace, env } = { namespace: '', env: {} }] =
      workloads[Math.floor((change * workloads.length) / changes)] ?? [];
    const [variable = ''] = Object.keys(env);
    const field = variable.toLowerCase();
    const path = `${namespace}/${workload}`;
    const { version = 0 } = (await kv.read(path)) ?? {};
    const value = `changed-${change}`;
    await kv.patch(path, version, { [field]: value });
    const since = performance.now();
    const name = workloadNames(catalog.name, workload).externalSecret;
    await refreshExternalSecret(platform.kubernetes, { namespace, name }, { pollMs: 10 });
    times.push((performance.now() - since) / 1000);
    const delivered = (await secretData(platform, catalog, workload))[variable];
    if (delivered !== value) {
      throw new Error(`${workload} has not the value that was changed`);
    }
  }
  return { 'change, p50': within(times, 0.5), 'change, p95': within(times, 0.95) };
}

/** The time within which so many of the changes arrived. */
function within(times: readonly number[], share: number): number {
  return [...times].sort((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? NaN;
}

export const benchmark: Benchmark = {
  name: 'sync',
  title: `delivering to ${services} services, beside one entry a variable`,
  rounds: 1,
  warmUp: 0,
  units: { requests: '', 'requests a refresh': '', 'time of stores': 's', 'change, p50': 's', 'change, p95': 's' },
  prepare: () => ({
    variants: [
      { name: 'ours', run: async () => await runSide(ourDelivery) },
      { name: 'one entry a variable', run: async () => await runSide(entryDelivery) },
    ],
    figures: ['time', 'requests', 'requests a refresh', 'change, p50', 'change, p95'].map((measure) => ({
      type: 'ratio' as const,
      what: `${measure} of one entry a variable`,
      measure,
      of: 'ours',
      to: 'one entry a variable',
    })),
  }),
};
