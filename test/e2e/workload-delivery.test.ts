import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineCatalog,
  type Environment,
  type ExternalSecretsDelivery,
  formatProblem,
  randomHex,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { type Platform, startPlatform } from '../../lib/embedded';
import { KubernetesClient, type KubernetesObject } from '../../lib/kubernetes/client';
import { listOwnedPods } from '../../lib/kubernetes/pods';
import { rolloutRights } from '../../lib/kubernetes/rollout-rights';
import { type PublishedVersion, RolloutFailedError } from '../../lib/rotation/value-delivery';
import { WorkloadDelivery, type WorkloadDeliveryOptions } from '../../lib/rotation/workload-delivery';
import type { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { forceRefresh, secretData, waitUntil } from './support/cluster';
import { deliverWithoutPulumi, makeEngine, testEnvironment } from './support/deliver';

const namespace = 'shop';
const path = 'shop/web';
const web = vaultSecret(path, { api_key: randomHex(32) });
const env = { API_KEY: web.api_key };

const catalog = defineCatalog({
  name: 'shop',
  workloads: {
    'shop-web': workload({ namespace, env }),
    'shop-queue': workload({ namespace, kind: 'StatefulSet', env }),
    'shop-nightly': workload({ namespace, kind: 'CronJob', env }),
  },
});

/** Pods of kwok, which run nothing: what matters here is what the API server and its controllers do. */
const podSpec = { containers: [{ name: 'main', image: 'none' }], terminationGracePeriodSeconds: 0 };

function objectOf(name: string, kind: 'Deployment' | 'StatefulSet', more: object): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
      ...more,
    },
  };
}

const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
const workloads: KubernetesObject[] = [
  objectOf('shop-web', 'Deployment', { strategy, progressDeadlineSeconds: 4 }),
  objectOf('shop-queue', 'StatefulSet', { serviceName: 'shop-queue' }),
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'shop-nightly', namespace },
    spec: {
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } } } },
    },
  },
];

describe('bringing a version in Vault to the pods that read it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'workload-delivery-'));
  let platform: Platform;
  let kv: KvEngine;
  let environment: Environment<ExternalSecretsDelivery>;
  /** Whoever has exactly the rights that a delivery takes. */
  let rotator: KubernetesClient;
  let lines: string[] = [];

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    kv = await makeEngine(platform, 'secret');
    environment = testEnvironment(platform, catalog);
    await seed(catalog, kv);
    await deliverWithoutPulumi(platform, environment);
    for (const object of workloads) {
      await platform.kubernetes.apply(object, 'test');
    }
    rotator = await clientOf('rotator', rolloutRights(catalog, Object.keys(catalog.workloads)));
    await waitUntil('every workload runs', 60_000, async () => {
      const pods = (await listOwnedPods(platform.kubernetes, namespace)).filter(
        ({ pod }) => pod.status?.phase === 'Running',
      );
      return pods.length === 4 && (await delivery().check(path, ['api_key'])).length === 0;
    });
  });

  beforeEach(() => {
    lines = [];
  });

  afterAll(async () => {
    await rotator.close();
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function clientOf(name: string, rights: ReturnType<typeof rolloutRights>): Promise<KubernetesClient> {
    const { kubernetes } = platform;
    const metadata = { name, namespace };
    const rbac = 'rbac.authorization.k8s.io';
    await kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, 'test');
    const rules = rights.map(({ group, resource, names, verbs }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs,
      ...(names ? { resourceNames: names } : {}),
    }));
    await kubernetes.apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules }, 'test');
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    const roleRef = { apiGroup: rbac, kind: 'Role', name };
    await kubernetes.apply({ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata, subjects, roleRef }, 'test');
    const { status } = await kubernetes.request<{ status: { token: string } }>(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
    );
    const { server, caCert } = kubernetes.connection;
    return new KubernetesClient({ server, token: status.token, ...(caCert === undefined ? {} : { caCert }) });
  }

  function delivery(options: Partial<WorkloadDeliveryOptions> = {}): WorkloadDelivery {
    const report = (line: string): void => {
      lines.push(line);
    };
    return new WorkloadDelivery({ environment, kubernetes: rotator, kv, report, pollMs: 50, ...options });
  }

  /** Writes another value, as a phase of a rotation does. */
  async function publish(label: string, value = `value-${label}`): Promise<PublishedVersion> {
    const before = await kv.read(path);
    const previousVersion = before?.version ?? 0;
    const version = await kv.patch(path, previousVersion, { api_key: value });
    return { path, fields: ['api_key'], version, previousVersion, label };
  }

  async function generations(): Promise<(number | undefined)[]> {
    const found = workloads
      .slice(0, 2)
      .map(async ({ kind, metadata }) => await platform.kubernetes.get('apps/v1', kind, metadata.name, namespace));
    return (await Promise.all(found)).map((object) => object?.metadata.generation);
  }

  async function podNames(): Promise<string[]> {
    return (await listOwnedPods(platform.kubernetes, namespace)).map(
      ({ pod }) => `${pod.metadata.name} ${pod.metadata.uid ?? ''}`,
    );
  }

  it('refreshes every Secret and replaces every pod, one workload after the other', async () => {
    const before = await podNames();
    const published = await publish('r1.accept');
    await delivery().deliver(published);
    for (const name of Object.keys(catalog.workloads)) {
      expect(await secretData(platform, catalog, name)).toEqual({ API_KEY: 'value-r1.accept' });
    }
    const after = await podNames();
    expect(after).toHaveLength(4);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect(lines.filter((line) => /restarts|every pod/.test(line))).toEqual([
      'shop-web: restarts',
      'shop-web: every pod has the new values',
      'shop-queue: restarts',
      'shop-queue: every pod has the new values',
    ]);
  });

  it('a run that resumes restarts nothing again', async () => {
    const published = await publish('r2.accept');
    await delivery().deliver(published);
    const before = await generations();
    const pods = await podNames();
    await delivery().deliver(published);
    expect(await generations()).toEqual(before);
    expect(await podNames()).toEqual(pods);
    expect(lines).toContain('shop-web: was restarted for this already');
  });

  it('restarts nobody for a field that nobody reads', async () => {
    const before = await generations();
    const { version = 0 } = (await kv.read(path)) ?? {};
    const next = await kv.patch(path, version, { unread: 'x' });
    await delivery().deliver({ path, fields: ['unread'], version: next, previousVersion: version, label: 'r3.write' });
    expect(await generations()).toEqual(before);
    expect(lines).toEqual([]);
  });

  it('waits for a Job that began with the old values', async () => {
    const cronJob = await platform.kubernetes.get('batch/v1', 'CronJob', 'shop-nightly', namespace);
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'shop-nightly', uid: cronJob?.metadata.uid };
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'shop-nightly-1', namespace, ownerReferences: [{ ...owner, controller: true }] },
      // No node has this label, so it runs until the test ends it.
      spec: { template: { spec: { ...podSpec, restartPolicy: 'Never', nodeSelector: { never: 'true' } } } },
    };
    await platform.kubernetes.apply(job, 'test');
    const published = await publish('r4.accept');
    await expect(delivery({ jobTimeoutMs: 200 }).deliver(published)).rejects.toThrow(
      'Job shop-nightly-1 of CronJob shop/shop-nightly has the old values and still runs after 0 s',
    );
    expect((await kv.read(path))?.data.api_key).toBe('value-r4.accept');

    const finished = delivery().deliver(published);
    await waitUntil('the second run waits for the Job', 30_000, async () => {
      return await Promise.resolve(lines.filter((line) => line.includes('still runs')).length === 2);
    });
    await platform.kubernetes.delete('batch/v1', 'Job', 'shop-nightly-1', namespace);
    await finished;
  });

  it('pods that do not come up get the old values back', async () => {
    const good = (await kv.read(path))?.data.api_key;
    const setUnschedulable = async (unschedulable: boolean): Promise<void> => {
      await platform.kubernetes.patch(
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'kwok' } },
        { spec: { unschedulable } },
      );
    };
    const before = await podNames();
    await setUnschedulable(true);
    const published = await publish('r5.accept', 'bad');
    let mended: Promise<void> | undefined;
    const report = (line: string): void => {
      lines.push(line);
      if (line.endsWith('publishing the old values again')) {
        mended = setUnschedulable(false);
      }
    };
    const failure = await delivery({ report })
      .deliver(published)
      .catch((error: unknown) => error);
    await mended;
    expect(failure).toBeInstanceOf(RolloutFailedError);
    const { message, republishedVersion } = failure as RolloutFailedError;
    expect(message.replace(/shop-web-\w+(-\w+)?/g, '<name>')).toMatch(
      /^Deployment shop\/shop-web: ReplicaSet "<name>" has timed out progressing.; pod <name> waits: it has no node: 0\/1 nodes are available: .*; the old values are delivered again, as version \d+$/,
    );
    expect(await kv.read(path)).toMatchObject({ version: republishedVersion, data: { api_key: good } });
    expect(await secretData(platform, catalog, 'shop-web')).toEqual({ API_KEY: good });
    const queue = (name: string): boolean => name.startsWith('shop-queue');
    expect((await podNames()).filter(queue)).toEqual(before.filter(queue));
    expect(await delivery().check(path, ['api_key'])).toEqual([]);

    // Whoever calls again does not get the bad value delivered.
    await expect(delivery().deliver(published)).rejects.toThrow(
      `${path}: the old values were published again after version ${published.version} did not come up`,
    );
  });

  it('leaves what somebody else has written meanwhile', async () => {
    const published = await publish('r6.accept');
    const theirs = await publish('theirs');
    const before = await generations();
    await expect(delivery().deliver(published)).rejects.toThrow(
      `${path}: the fields api_key hold neither the values of version ${published.version} nor those before, somebody has written version ${theirs.version}`,
    );
    expect(await generations()).toEqual(before);
    expect((await kv.read(path))?.version).toBe(theirs.version);
  });

  it('publishes the old values again when the operator cannot deliver the new ones', async () => {
    const published = await publish('r7.accept');
    const policy = 'sys/policies/acl/shop-queue';
    const granted = await platform.vault.read<{ policy: string }>(policy);
    await platform.vault.write(policy, { policy: 'path "nothing" { capabilities = ["read"] }' });
    const before = await generations();
    const failure = await delivery({ refreshTimeoutMs: 3_000 })
      .deliver(published)
      .catch((error: unknown) => (error as Error).message);
    expect(failure).toMatch(
      /^ExternalSecret shop\/shop-queue-secrets was not refreshed within 3 s: SecretSyncedError: .*; the old values were published again, as version \d+, but: ExternalSecret shop\/shop-queue-secrets was not refreshed/,
    );
    expect(await generations()).toEqual(before);
    expect((await kv.read(path))?.data.api_key).toBe('value-theirs');
    await platform.vault.write(policy, { policy: granted?.policy });
    await waitUntil('the operator delivers again', 60_000, async () => {
      await forceRefresh(platform, catalog, 'shop-queue');
      return (await delivery().check(path, ['api_key'])).length === 0;
    });
  });

  it('a check finds what would keep it from working, all at once', async () => {
    const nobody = await clientOf('nobody', rolloutRights(catalog, ['shop-queue']));
    try {
      await platform.kubernetes.delete('batch/v1', 'CronJob', 'shop-nightly', namespace);
      const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop-web', namespace } };
      await platform.kubernetes.patch(deployment, { spec: { paused: true } });
      const problems = await delivery().check(path, ['api_key']);
      expect(problems.map(formatProblem)).toMatchInlineSnapshot(`
       [
         "workloads.shop-web: Deployment shop/shop-web is paused, so it would never restart, got paused: true, allowed: a Deployment that is not paused, fix: kubectl rollout resume deployment/shop-web --namespace shop",
         "workloads.shop-nightly: an object of the workload is not in the cluster, got no CronJob shop/shop-nightly, allowed: what the manifests of the environment have, fix: apply them, or use another --context",
       ]
      `);
      const forbidden = await delivery({ kubernetes: nobody }).check(path, ['api_key']);
      expect(forbidden.map(formatProblem)).toMatchInlineSnapshot(`
       [
         "shop/externalsecrets/shop-nightly-secrets: whoever runs this may not do it, got no right to get, allowed: get on externalsecrets.external-secrets.io, fix: use an account with the rights of the generated Role, or another --context",
         "shop/externalsecrets/shop-web-secrets: whoever runs this may not do it, got no right to get, allowed: get on externalsecrets.external-secrets.io, fix: use an account with the rights of the generated Role, or another --context",
         "shop/externalsecrets/shop-nightly-secrets: whoever runs this may not do it, got no right to patch, allowed: patch on externalsecrets.external-secrets.io, fix: use an account with the rights of the generated Role, or another --context",
         "shop/externalsecrets/shop-web-secrets: whoever runs this may not do it, got no right to patch, allowed: patch on externalsecrets.external-secrets.io, fix: use an account with the rights of the generated Role, or another --context",
         "shop/deployments/shop-web: whoever runs this may not do it, got no right to get, allowed: get on deployments.apps, fix: use an account with the rights of the generated Role, or another --context",
         "shop/deployments/shop-web: whoever runs this may not do it, got no right to patch, allowed: patch on deployments.apps, fix: use an account with the rights of the generated Role, or another --context",
         "shop/replicasets: whoever runs this may not do it, got no right to list, allowed: list on replicasets.apps, fix: use an account with the rights of the generated Role, or another --context",
         "shop/cronjobs/shop-nightly: whoever runs this may not do it, got no right to get, allowed: get on cronjobs.batch, fix: use an account with the rights of the generated Role, or another --context",
         "shop/jobs: whoever runs this may not do it, got no right to list, allowed: list on jobs.batch, fix: use an account with the rights of the generated Role, or another --context",
       ]
      `);
      expect(lines[0]).toMatchInlineSnapshot(
        `"shop-web: its restart may lose requests: a container has no readiness probe; a container has no preStop, so it may be told to end before its last request arrives"`,
      );
    } finally {
      await nobody.close();
    }
  });
});
