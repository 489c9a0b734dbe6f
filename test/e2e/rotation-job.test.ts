import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byIdentity, type IdentityReport } from '../../lib/audit/by-identity';
import { findLogFiles } from '../../lib/audit/log-files';
import type { Environment, ExternalSecretsDelivery } from '../../lib/catalog';
import { type Platform, resolveTools, startPlatform } from '../../lib/embedded';
import { importImage } from '../../lib/embedded/pods/ctr';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { podOf } from '../../lib/kubernetes/pod-template';
import { isReady, listOwnedPods, type Pod } from '../../lib/kubernetes/pods';
import type { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import type { KeyPair } from '../support/certificate';
import { RedisServer } from '../support/redis';
import { filesUnder, findValues, watchProcessArguments } from './support/canaries';
import { secretData, waitUntil } from './support/cluster';
import { auditLogOfTest, makeEngine, writeVaultAccess } from './support/deliver';
import { Ends } from './support/ends';
import { forward, forwardTls } from './support/forwarder';
import { describePods } from './support/pods';
import { addressApiServer, clusterVariables } from './support/rotator/cluster-address';
import { writeRotatorImage } from './support/rotator/image';
import { images, RotatorProject } from './support/rotator/project';

const namespace = 'shop';
const rotator = 'shop-rotator';
const workload = 'shop-web';

/** An entry of the API server's audit log, as far as it is read here. */
interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
}

/** A container, as far as it is compared here. */
interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly [key: string]: unknown;
}

describePods('the rotator in a real pod', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rotation-job-'));
  const processArguments = watchProcessArguments();
  const ends = new Ends();
  let platform: Platform;
  let redis: RedisServer;
  let apiServer: string;
  /** What the npm registry of the project was asked. */
  const askedOfRegistry: string[] = [];
  let environment: Environment<ExternalSecretsDelivery>;
  let objects: readonly KubernetesObject[];
  let kv: KvEngine;
  let before: Awaited<ReturnType<typeof values>>;
  let since: number;
  /** The rotator's, when it has ended. */
  let pod: Pod | undefined;
  let log: string;

  beforeAll(async () => {
    platform = await startPlatform({ directory, workloads: 'pods' });
    ends.add(async () => {
      await platform.stop();
    });
    const project = await placeProject();
    const image = join(directory, 'image.tar');
    await writeRotatorImage(project.folder, image);
    await importImage(platform.pods.layout, image);
    await platform.pods.standInFor([images.web]);

    ({ environment } = project);
    kv = await makeEngine(platform, environment.delivery.vault.mount);
    await seed(environment.catalog, kv);
    await kv.patch('shop/redis', 1, { password: redis.user.password });
    await kv.patch('shop/administrator', 1, { password: redis.admin.password });
    await writeVaultAccess(platform, environment);
    objects = project.synthesize();
    for (const object of objects) {
      await platform.kubernetes.apply(object, 'test');
    }
    await waitUntil('the pods of the workload are ready', 120_000, async () => {
      const pods = await podsOf(workload);
      return pods.length === 2 && pods.every(isReady);
    });

    before = await values();
    since = Date.now();
    const { kubectl } = await resolveTools(['kubectl']);
    const create = ['create', 'job', `${rotator}-now`, `--from=cronjob/${rotator}`, '--namespace', namespace];
    execFileSync(kubectl.path, ['--kubeconfig', platform.kubeconfigPath, ...create], { stdio: 'pipe' });
    await waitUntil('the rotator has ended', 120_000, async () => {
      [pod] = await podsOf(rotator);
      return ['Succeeded', 'Failed'].includes(pod?.status?.phase ?? '');
    });
    const path = `/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name ?? ''}/log`;
    log = await platform.kubernetes.request<string>('GET', path);
  }, 400_000);

  afterAll(async () => {
    processArguments.stop();
    await ends.run();
    rmSync(directory, { recursive: true, force: true });
  });

  /** The project, with the addresses at which pods find what listens on loopback. */
  async function placeProject(): Promise<RotatorProject> {
    const { gateway } = platform.pods;
    redis = await RedisServer.start({ users: 'aclfile' });
    const forwarders = {
      redis: await forward(gateway, redis.port),
      vault: await forwardTls(gateway, portOf(platform.vaultAddress), authority('vault-ca')),
      apiServer: await forwardTls(gateway, portOf(platform.apiServerUrl), authority('kubernetes-ca')),
    };
    ends.add(async () => {
      await Promise.all(
        Object.values(forwarders).map(async (one) => {
          await one.close();
        }),
      );
      await redis.stop();
    });
    apiServer = forwarders.apiServer.address;
    await addressApiServer(platform, apiServer);
    const registry = createServer(({ url = '' }, response) => {
      askedOfRegistry.push(url);
      response.writeHead(404).end();
    }).listen(0, gateway);
    await once(registry, 'listening');
    ends.add(() => registry.close());
    const project = new RotatorProject({
      vaultAddress: `https://${forwarders.vault.address}`,
      vaultCa: authority('vault-ca').cert,
      auditLog: auditLogOfTest(platform),
      redis: forwarders.redis.address,
      registry: `http://${gateway}:${(registry.address() as AddressInfo).port}`,
    });
    ends.add(() => {
      project.remove();
    });
    return project;
  }

  function authority(name: 'vault-ca' | 'kubernetes-ca'): KeyPair {
    const read = (suffix: string): string => readFileSync(join(directory, 'pki', `${name}.${suffix}`), 'utf8');
    return { cert: read('crt'), private: read('key') };
  }

  async function podsOf(name: string): Promise<Pod[]> {
    const owned = await listOwnedPods(platform.kubernetes, namespace);
    return owned.filter(({ owner }) => owner.name === name).map((one) => one.pod);
  }

  async function values() {
    const read = async (path: string): Promise<Readonly<Record<string, string>>> =>
      (await kv.read(`shop/${path}`))?.data ?? {};
    return { redis: await read('redis'), web: await read('web'), administrator: await read('administrator') };
  }

  it('runs as synthesised, but for where it finds the API server', () => {
    const [declared] = containersOf(objects.find(({ kind }) => kind === 'CronJob'));
    const [run] = containersOf({ apiVersion: 'v1', kind: 'Pod', ...pod } as KubernetesObject);
    const added = Object.entries(clusterVariables(apiServer)).map(([name, value]) => ({ name, value }));
    expect(run).toMatchObject({ ...declared, env: [...(declared?.env ?? []), ...added] });
    expect([declared?.command, declared?.args]).toEqual([
      ['npx', '--no-install', 'nivesh-secrets'],
      ['rotate', '--due', '--yes', '--environment', 'staging'],
    ]);
  });

  it('rotates what is due, says so, and succeeds', async () => {
    expect(log.split('\n').filter((line) => line.startsWith('shop/') || line.startsWith('redis'))).toEqual([
      'shop/redis.password: publish: give default a second password, log in with it, and write it to Vault',
      'redis: default accepts a second password',
      'shop/redis.password: deliver: restart what reads the password, until every pod has the new one',
      'shop/redis.password: drop: remove every other password of default, and try that the old one is refused',
      'shop/redis.password: rotated',
    ]);
    expect(pod?.status?.phase).toBe('Succeeded');
    expect(pod?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    await waitUntil('the Job is complete', 30_000, async () => {
      const job = await platform.kubernetes.get('batch/v1', 'Job', `${rotator}-now`, namespace);
      return (job?.status as { succeeded?: number } | undefined)?.succeeded === 1;
    });
  });

  it('the new value is in Vault, in Redis, in the Secret and in every process; nothing else has changed', async () => {
    const after = await values();
    const { password: old = '' } = before.redis;
    const { password: fresh = '' } = after.redis;
    expect(fresh).not.toBe(old);
    expect({ ...after, redis: before.redis }).toEqual(before);
    expect(await redis.accepts({ name: 'default', password: fresh })).toBe(true);
    expect(await redis.accepts({ name: 'default', password: old })).toBe(false);
    expect((await secretData(platform, environment.catalog, workload)).REDIS_PASSWORD).toBe(fresh);
    const containers = (await platform.pods.containers(namespace)).filter(({ owner }) => owner.name === workload);
    expect(containers).toHaveLength(2);
    for (const container of containers) {
      const variables = await platform.pods.environmentOf(container);
      expect(variables.get('REDIS_PASSWORD')?.reveal() === fresh).toBe(true);
    }
  });

  it('asks no package registry anything: npx runs what is in the image', () => {
    expect(askedOfRegistry).toEqual([]);
  });

  it("Vault's audit log says that the rotator's service account did it, and what else it looked at", async () => {
    const report = await byIdentity({
      logs: await findLogFiles([auditLogOfTest(platform)]),
      window: { since, until: Date.now() },
      mount: environment.delivery.vault.mount,
      identity: 'shop-rotation',
    });
    expect(report.gaps).toEqual([]);
    expect(summaryOf(report)).toMatchInlineSnapshot(`
     [
       "shop/shop-rotator (role shop-rotation) patch shop/redis",
       "shop/shop-rotator (role shop-rotation) read field names shop/redis",
       "shop/shop-rotator (role shop-rotation) read metadata shop/administrator",
       "shop/shop-rotator (role shop-rotation) read metadata shop/redis",
       "shop/shop-rotator (role shop-rotation) read metadata shop/web",
       "shop/shop-rotator (role shop-rotation) read rotation/shop/administrator/password nothing is there",
       "shop/shop-rotator (role shop-rotation) read rotation/shop/redis/password nothing is there",
       "shop/shop-rotator (role shop-rotation) read rotation/shop/web/jwt_secret nothing is there",
       "shop/shop-rotator (role shop-rotation) read shop/redis",
       "shop/shop-rotator (role shop-rotation) update auth/kubernetes/login",
       "shop/shop-rotator (role shop-rotation) write rotation/shop/redis/password",
     ]
    `);
  });

  it("the API server's audit log says that the tokens were those of the pod", () => {
    const events = readFileSync(platform.kubernetesAuditLogPath, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`system:serviceaccount:${namespace}:${rotator}`))
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ user }) => user.username === `system:serviceaccount:${namespace}:${rotator}`)
      .filter(({ user }) => user.extra?.['authentication.kubernetes.io/pod-name']?.[0] === pod?.metadata.name);
    expect([...new Set(events.map(({ verb, requestURI }) => `${verb} ${requestURI}`))]).toMatchInlineSnapshot(`
     [
       "create /apis/authentication.k8s.io/v1/tokenreviews",
       "get /apis/external-secrets.io/v1/namespaces/shop/externalsecrets/shop-web-secrets",
       "patch /apis/external-secrets.io/v1/namespaces/shop/externalsecrets/shop-web-secrets",
     ]
    `);
  });

  it('leaves no value in process arguments, logs, or objects other than Secrets', async () => {
    const after = await values();
    const secret = [before.redis.password, after.redis.password, before.administrator.password, after.web.jwt_secret];
    const long = secret.filter((value) => value !== undefined);
    expect(long).toHaveLength(secret.length);
    const logs = [join(directory, 'logs'), platform.pods.layout.logs, platform.vaultAuditFolder].flatMap(filesUnder);
    expect(findValues(long, logs)).toEqual([]);
    expect(processArguments.seen().some((line) => line.includes('nivesh-secrets\0rotate\0--due'))).toBe(true);
    expect(findValues(long, [], processArguments.seen())).toEqual([]);
    const kinds: [string, string][] = [
      ['v1', 'Pod'],
      ['batch/v1', 'Job'],
      ['apps/v1', 'Deployment'],
      ['external-secrets.io/v1', 'ExternalSecret'],
    ];
    const texts = await Promise.all(
      kinds.map(async ([version, kind]) => JSON.stringify(await platform.kubernetes.list(version, kind, namespace))),
    );
    expect(findValues(long, [], texts)).toEqual([]);
  });
});

function portOf(address: string): number {
  return Number(new URL(address).port);
}

function containersOf(object: KubernetesObject | undefined): Container[] {
  return (object ? (podOf(object)?.containers ?? []) : []) as unknown as Container[];
}

/** Who did what with which path, without counts: how often something is asked depends on how long pods take. */
function summaryOf({ workloads, names, writes, refused, others, people }: IdentityReport): string[] {
  const groups = [...workloads, ...names, ...writes, ...refused, ...others, ...people];
  const lines = groups.map(({ identity, action, path, refusal = '' }) =>
    `${identity.name} (${identity.detail}) ${action} ${path} ${refusal}`.trim(),
  );
  return [...new Set(lines)].sort();
}
