import { get } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { staging } from '../../environments/staging';
import { catalogReferences, workloadNames } from '../../lib/catalog';
import { explainWaitingPods } from '../../lib/check/waiting-pods';
import {
  type Platform,
  type RunningContainer,
  runtimeVariables,
  ServiceBalancer,
  startPlatform,
} from '../../lib/embedded';
import { deliver, type PulumiProgram } from '../../lib/embedded/main-job';
import { silentReporter } from '../../lib/embedded/reporter';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { isReady, listOwnedPods, type OwnedPod } from '../../lib/kubernetes/pods';
import { podOf } from '../../lib/kubernetes/pod-template';
import { KvEngine } from '../../lib/vault/kv';
import { niveshObjects } from '../../stacks/workloads';
import program from '../../stacks/index';
import { type CommandResult, runCommand } from '../support/command-line';
import { filesUnder, findValues, watchProcessArguments } from './support/canaries';
import { forceRefresh, secretData, waitUntil } from './support/cluster';
import { describePods } from './support/pods';

/** The platform with pods, and all of Nivesh delivered on it: half a minute, and many times that on a busy machine. */
const wholeThreadMs = 400_000;
const { catalog } = staging;
const namespace = 'nivesh';
const objects = niveshObjects(staging);
/** It runs the command line, which the stand-in image does not have; rotation-job.test.ts has an image with it. */
const rotator = staging.rotation?.workload ?? '';
const workloads = objects.filter((object) => podOf(object) !== undefined && object.metadata.name !== rotator);
const standIns = Object.keys(catalog.workloads).filter((name) => name !== rotator);

function manifestOf(workload: string): KubernetesObject {
  const found = workloads.find(({ metadata }) => metadata.name === workload);
  if (!found) {
    throw new Error(`no manifest of ${workload}`);
  }
  return found;
}

/** Plain variables that the manifest of a workload has beside its Secret. */
function plainVariables(workload: string): string[] {
  return (podOf(manifestOf(workload))?.containers ?? []).flatMap(({ env = [] }) => env.map(({ name }) => name));
}

describePods('Nivesh on real pods', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pods-'));
  const processArguments = watchProcessArguments();
  let platform: Platform;
  let kv: KvEngine;

  beforeAll(async () => {
    platform = await startPlatform({ directory, workloads: 'pods' });
    const images = workloads.flatMap((object) => podOf(object)?.containers ?? []) as unknown as { image: string }[];
    await platform.pods.standInFor(images.map(({ image }) => image));
    await deliver({
      platform,
      environment: staging,
      program: program as unknown as PulumiProgram,
      reporter: silentReporter,
    });
    kv = new KvEngine(platform.vault, staging.delivery.vault.mount);
    // A run of its own, at midnight, would be one pod more.
    for (const { apiVersion, kind, metadata } of objects.filter((object) => object.kind === 'CronJob')) {
      await platform.kubernetes.patch({ apiVersion, kind, metadata }, { spec: { suspend: true } });
    }
    await createJobOf('nivesh-backup');
  }, wholeThreadMs);

  afterAll(async () => {
    processArguments.stop();
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function platformCommand(verb: string, ...rest: string[]): Promise<CommandResult> {
    return await runCommand(['platform', verb, '--directory', directory, ...rest], { input: 'from outside' });
  }

  /** What `kubectl create job --from=cronjob/<name>` does. */
  async function createJobOf(cronJob: string): Promise<void> {
    const found = await platform.kubernetes.get('batch/v1', 'CronJob', cronJob, namespace);
    const { jobTemplate } = found?.spec as { jobTemplate: { spec: object } };
    const owner = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      name: cronJob,
      uid: found?.metadata.uid,
      controller: true,
    };
    await platform.kubernetes.apply(
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: `${cronJob}-now`, namespace, ownerReferences: [owner] },
        spec: jobTemplate.spec,
      },
      'test',
    );
  }

  async function podsOf(workload: string): Promise<OwnedPod[]> {
    return (await listOwnedPods(platform.kubernetes, namespace)).filter(({ owner }) => owner.name === workload);
  }

  async function containersOf(workload: string): Promise<RunningContainer[]> {
    return (await platform.pods.containers(namespace)).filter(({ owner }) => owner.name === workload);
  }

  async function untilReady(workload: string, replicas: number): Promise<void> {
    await waitUntil(`${replicas} pods of ${workload} are ready, and no other is left`, 60_000, async () => {
      const pods = await podsOf(workload);
      return pods.length === replicas && pods.every(({ pod }) => isReady(pod));
    });
  }

  async function restart(workload: string): Promise<void> {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    await platform.kubernetes.patch(manifestOf(workload), { spec: { template: { metadata: { annotations } } } });
  }

  /** The values of a variable in all processes of a workload. */
  async function valuesOf(workload: string, variable: string): Promise<(string | undefined)[]> {
    const environments = (await containersOf(workload)).map(async (one) => await platform.pods.environmentOf(one));
    return (await Promise.all(environments)).map((environment) => environment.get(variable)?.reveal());
  }

  it('runs every workload from its manifest as it is', async () => {
    for (const { metadata, spec } of workloads) {
      const replicas = (spec as { replicas?: number }).replicas ?? 1;
      await untilReady(metadata.name, replicas);
      expect(await containersOf(metadata.name)).toHaveLength(replicas);
    }
    expect(workloads.map(({ metadata }) => metadata.name).sort()).toEqual([...standIns].sort());
  });

  it.each(standIns)(
    'every process of %s has exactly the declared variables, with the delivered values',
    async (workload) => {
      const delivered = await secretData(platform, catalog, workload);
      const declared = Object.keys(catalog.workloads[workload]?.env ?? {});
      expect(declared.length).toBeGreaterThan(0);
      for (const container of await containersOf(workload)) {
        const environment = await platform.pods.environmentOf(container);
        expect([...environment.keys()].sort()).toEqual(
          [...declared, ...plainVariables(workload), ...runtimeVariables].sort(),
        );
        const wrong = declared.filter((name) => environment.get(name)?.reveal() !== delivered[name]);
        expect(wrong).toEqual([]);
      }
    },
  );

  it('stays as it is for somebody who does not mind what makes pods ready', async () => {
    const gateway = platform.pods.gateway;
    const same = await startPlatform({ directory });
    expect(same.pods.gateway).toBe(gateway);
    await same.close();
  });

  it('shows what a workload wrote, by the name of its variables only', async () => {
    const [line = ''] = await platform.pods.logs({ workload: 'grafana' }, 1);
    expect(line).toMatch(/^runs with GRAFANA_ADMIN_PASSWORD GRAFANA_ADMIN_USER HOME /);
    expect(await platform.pods.logs({ workload: 'nivesh-backend' }, 1)).toHaveLength(2);
    await expect(platform.pods.logs({ workload: 'nobody' }, 1)).rejects.toThrow(
      'no pods of "nobody", workloads with pods: airflow, alertmanager, grafana,',
    );
  });

  it('the command line runs a program in a pod as its user, with its variables, and shows what it wrote', async () => {
    const count = "process.getuid() + ' ' + process.env.GRAFANA_ADMIN_PASSWORD.length";
    const shown = await platformCommand('exec', 'grafana', '--', 'node', '-p', count);
    const { GRAFANA_ADMIN_PASSWORD: password = '' } = await secretData(platform, catalog, 'grafana');
    expect(shown).toEqual({ code: 0, stdout: `10001 ${password.length}\n`, stderr: '' });

    const repeat = 'process.stdin.pipe(process.stdout).on("close", () => 0); process.exitCode = 7';
    const repeated = await platformCommand('exec', 'grafana', '--', 'node', '-e', repeat);
    expect(repeated).toMatchObject({ code: 7, stdout: 'from outside' });

    expect(await platformCommand('exec', 'nobody', '--', 'node')).toMatchObject({ code: 2, stdout: '' });
    const mistyped = await platformCommand('logs', 'kubelte');
    expect(mistyped).toMatchObject({ code: 2, stdout: '' });
    expect(mistyped.stderr).toMatch(
      /^error: no pods of "kubelte", workloads with pods: .*; components: vault, .*kubelet\nfix: /,
    );
    const standIn = await platformCommand('stand-in', 'bad image');
    expect(standIn).toMatchObject({ code: 2, stderr: expect.stringContaining('got "bad image"') as string });
    expect(await platformCommand('logs', 'grafana', '--lines', '1')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^runs with GRAFANA_ADMIN_PASSWORD /) as string,
    });
    expect(await platformCommand('logs', 'kubelet', '--lines', '1')).toMatchObject({ code: 0 });
  });

  it('kubelet gives logs to the API server, and nothing to anybody else', async () => {
    const [container] = await containersOf('grafana');
    const name = container?.pod.metadata.name ?? '';
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`;
    expect(await platform.kubernetes.request('GET', path)).toMatch(/^runs with /);
    const { address } = (await platform.status()).find(({ component }) => component === 'kubelet') ?? {};
    const token = platform.kubernetes.connection.token ?? '';
    const agent = new Agent({ connect: { rejectUnauthorized: false } });
    for (const headers of [{}, { Authorization: `Bearer ${token}` }]) {
      const response = await fetch(`${address ?? ''}/pods`, { headers, dispatcher: agent });
      expect([response.status, await response.text()]).toEqual([401, 'Unauthorized']);
    }
    await agent.close();
  });

  it('a pod whose Secret is missing waits, we say who makes it, and it starts by itself when it comes', async () => {
    const names = workloadNames(catalog.name, 'alertmanager');
    const externalSecret = objects.find(
      ({ kind, metadata }) => kind === 'ExternalSecret' && metadata.name === names.externalSecret,
    );
    if (!externalSecret) {
      throw new Error('no ExternalSecret');
    }
    await platform.kubernetes.delete(externalSecret.apiVersion, externalSecret.kind, names.externalSecret, namespace);
    await waitUntil('the Secret is gone with its owner', 30_000, async () => {
      return (await platform.kubernetes.get('v1', 'Secret', names.secret, namespace)) === undefined;
    });
    await restart('alertmanager');
    let sentences: string[] = [];
    await waitUntil('a pod waits for its Secret', 60_000, async () => {
      const pods = (await podsOf('alertmanager')).map(({ pod }) => pod);
      sentences = explainWaitingPods(pods, staging);
      return sentences.length > 0;
    });
    expect(sentences.map((sentence) => sentence.replace(/alertmanager-\w+-\w+/, '<pod>'))).toEqual([
      'pod <pod> waits: Secret nivesh/alertmanager-secret does not exist; ExternalSecret nivesh/alertmanager-secrets makes it, by ClusterSecretStore vault-alertmanager, from secret/nivesh/alertmanager in Vault; fix: nivesh-secrets verify --environment staging says what it waits for',
    ]);
    const { code, stdout } = await platformCommand('pods', '--environment', 'staging');
    expect(code).toBe(1);
    expect(stdout).toContain(sentences[0]);
    const [waiting] = (await podsOf('alertmanager')).filter(({ pod }) => !isReady(pod));
    expect(waiting?.pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CreateContainerConfigError');

    await platform.kubernetes.apply(externalSecret, 'test');
    await untilReady('alertmanager', 1);
    expect((await podsOf('alertmanager'))[0]?.pod.metadata.name).toBe(waiting?.pod.metadata.name);
    expect(await platformCommand('pods', '--environment', 'staging')).toMatchObject({ code: 0 });
  });

  it('processes keep a value until the rollout, and all have the new one after it', async () => {
    const workload = 'nivesh-backend';
    const before = await kv.read('nivesh/backend');
    const old = before?.data.qdrant_api_key;
    const fresh = `fresh-${Date.now()}`;
    const containers = await containersOf(workload);
    expect(await valuesOf(workload, 'QDRANT_API_KEY')).toEqual([old, old]);

    await kv.patch('nivesh/backend', before?.version ?? 0, { qdrant_api_key: fresh });
    await forceRefresh(platform, catalog, workload);
    await waitUntil('the Secret has the new value', 30_000, async () => {
      return (await secretData(platform, catalog, workload)).QDRANT_API_KEY === fresh;
    });
    expect(await valuesOf(workload, 'QDRANT_API_KEY')).toEqual([old, old]);
    expect((await containersOf(workload)).map(({ pid }) => pid)).toEqual(containers.map(({ pid }) => pid));

    const written: string[] = [];
    const end = new AbortController();
    const following = platform.pods.followLogs({ workload }, (line) => written.push(line), end.signal);
    await restart(workload);
    await waitUntil('no pod of before is left', 60_000, async () => {
      const names = (await podsOf(workload)).map(({ pod }) => pod.metadata.name);
      return containers.every(({ pod }) => !names.includes(pod.metadata.name));
    });
    await untilReady(workload, 2);
    expect(await valuesOf(workload, 'QDRANT_API_KEY')).toEqual([fresh, fresh]);
    await waitUntil('what the new pods wrote is followed', 30_000, async () => {
      return await Promise.resolve(written.filter((line) => line.includes('runs with ')).length === 2);
    });
    end.abort();
    await following;
  });

  it('a Service without kube-proxy reaches the pods that are ready, through a restart', async () => {
    const labels = { 'app.kubernetes.io/name': 'nivesh-backend' };
    await platform.kubernetes.apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'balanced', namespace },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 3000 }] },
      },
      'test',
    );
    const balancer = await ServiceBalancer.start(platform.kubernetes, { namespace, service: 'balanced' });
    try {
      const addresses = async () => (await podsOf('nivesh-backend')).map(({ pod }) => pod.status?.podIP).sort();
      const follows = async () => {
        const now = balancer.backends.map(({ address }) => address).sort();
        return now.length === 2 && JSON.stringify(now) === JSON.stringify(await addresses());
      };
      await waitUntil('the balancer knows both pods', 30_000, follows);
      expect(await Promise.all([1, 2, 3].map(async () => await fetchText(balancer.address)))).toEqual([
        'ok\n',
        'ok\n',
        'ok\n',
      ]);

      const before = balancer.backends.map(({ address }) => address);
      await restart('nivesh-backend');
      await waitUntil('every pod is a new one', 60_000, async () => {
        return (await addresses()).every((address) => address !== undefined && !before.includes(address));
      });
      await waitUntil('the balancer knows the new pods', 30_000, follows);
      expect(await fetchText(balancer.address)).toBe('ok\n');
    } finally {
      await balancer.close();
      await platform.kubernetes.delete('v1', 'Service', 'balanced', namespace);
    }
  });

  it('leaves no value in process arguments, nor in what containers and components wrote', async () => {
    const values = (
      await Promise.all(Object.keys(catalog.workloads).map(async (name) => await secretData(platform, catalog, name)))
    ).flatMap((data) => Object.values(data));
    const long = values.filter((value) => value.length >= 16);
    expect(long.length).toBeGreaterThan(catalogReferences(catalog).length / 2);
    const logs = [join(directory, 'logs'), platform.pods.layout.logs].flatMap(filesUnder);
    expect(logs.length).toBeGreaterThan(12);
    expect(findValues(long, logs)).toEqual([]);
    expect(processArguments.seen().some((line) => line.includes('containerd-shim'))).toBe(true);
    expect(findValues(long, [], processArguments.seen())).toEqual([]);
  });
});

async function fetchText(address: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    // A connection of its own, as a new client would make one.
    get(`http://${address}`, { agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () => {
        resolve(text);
      });
    }).once('error', reject);
  });
}
