import { production } from '../../environments/production';
import {
  defineCatalog,
  defineEnvironment,
  dotenv,
  randomHex,
  sealedSecrets,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { explainWaitingPods } from '../../lib/check/waiting-pods';
import type { ContainerStatus, Pod } from '../../lib/kubernetes/pods';

function pod(name: string, status: Pod['status'], change: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'nivesh', ...change },
    ...(status ? { status } : {}),
  };
}

function waiting(reason: string, message?: string): ContainerStatus {
  return {
    name: 'main',
    ready: false,
    restartCount: 0,
    state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
  };
}

function waitingPod(name: string, message: string, reason = 'CreateContainerConfigError'): Pod {
  return pod(name, { phase: 'Pending', containerStatuses: [waiting(reason, message)] });
}

test('says who makes a missing Secret, once for all pods that wait for it', () => {
  const message = 'secret "nivesh-backend-secret" not found';
  expect(explainWaitingPods([waitingPod('a', message), waitingPod('b', message)], production)).toMatchInlineSnapshot(`
   [
     "2 pods wait (a, b): Secret nivesh/nivesh-backend-secret does not exist; ExternalSecret nivesh/nivesh-backend-secrets makes it, by ClusterSecretStore vault-backend, from secret/nivesh/backend, secret/nivesh/clickhouse, secret/nivesh/ml-api, secret/nivesh/mongo, secret/nivesh/postgres, secret/nivesh/redis in Vault; fix: nivesh-secrets verify --environment production says what it waits for",
   ]
  `);
});

test('says it for a Secret that is sealed', () => {
  const { catalog } = production;
  // Not a certificate, which nothing here reads.
  const sealed = { ...production, name: 'edge', delivery: sealedSecrets({ certificate: 'not read' }), catalog };
  expect(explainWaitingPods([waitingPod('a', 'secret "grafana-secret" not found')], sealed)).toMatchInlineSnapshot(`
   [
     "pod a waits: Secret nivesh/grafana-secret does not exist; SealedSecret nivesh/grafana-secret makes it, by the Sealed Secrets controller; fix: nivesh-secrets seal --environment edge, then apply the manifests",
   ]
  `);
});

test('says when an environment delivers nothing to a cluster', () => {
  const local = { ...production, name: 'local', delivery: dotenv({ files: [] }) };
  expect(explainWaitingPods([waitingPod('a', 'secret "grafana-secret" not found')], local)).toMatchInlineSnapshot(`
   [
     "pod a waits: Secret nivesh/grafana-secret does not exist; environment local delivers no Secrets to a cluster (dotenv); fix: apply the manifests of another environment",
   ]
  `);
});

test('says when nobody makes a Secret, or its namespace is another one', () => {
  const elsewhere = { ...waitingPod('b', 'secret "grafana-secret" not found') };
  const pods = [
    waitingPod('a', 'secret "typo-secret" not found'),
    { ...elsewhere, metadata: { ...elsewhere.metadata, namespace: 'default' } },
  ];
  expect(explainWaitingPods(pods, production)).toMatchInlineSnapshot(`
   [
     "pod a waits: Secret nivesh/typo-secret does not exist, and no workload of catalog "nivesh" has it; fix: declare the workload there and wire it, or correct the name in its manifest",
     "pod b waits: Secret default/grafana-secret does not exist, catalog "nivesh" has workload grafana in namespace nivesh only; fix: move the pods there, or declare a workload of their own",
   ]
  `);
});

test('says whether a missing key is declared', () => {
  const pods = [
    waitingPod('a', "couldn't find key GRAFANA_ADMIN_PASSWORD in Secret nivesh/grafana-secret"),
    waitingPod('b', "couldn't find key TYPO in Secret nivesh/grafana-secret"),
  ];
  expect(explainWaitingPods(pods, production)).toMatchInlineSnapshot(`
   [
     "pod a waits: Secret nivesh/grafana-secret has no key "GRAFANA_ADMIN_PASSWORD"; ExternalSecret nivesh/grafana-secrets makes it, by ClusterSecretStore vault-grafana, from secret/nivesh/grafana in Vault; fix: nivesh-secrets verify --environment production says what it waits for",
     "pod b waits: Secret nivesh/grafana-secret has no key "TYPO", and workload grafana does not declare it; fix: declare the variable in the catalog, or correct the key in the manifest",
   ]
  `);
});

test("gives kubelet's and the scheduler's words for any other cause", () => {
  const unscheduled = { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' };
  const pods = [
    waitingPod('a', 'back-off 10s restarting failed container', 'CrashLoopBackOff'),
    pod('b', { phase: 'Pending', conditions: [unscheduled] }),
    pod('c', { phase: 'Pending', initContainerStatuses: [waiting('ErrImageNeverPull')] }),
  ];
  expect(explainWaitingPods(pods, production)).toMatchInlineSnapshot(`
   [
     "pod a waits: container main: CrashLoopBackOff: back-off 10s restarting failed container",
     "pod b waits: it has no node: 0/1 nodes are available",
     "pod c waits: container main: ErrImageNeverPull",
   ]
  `);
});

test('has nothing to say of pods that run, start or end', () => {
  const running = { name: 'main', ready: true, restartCount: 0, state: { running: { startedAt: 'now' } } };
  const pods = [
    pod('a', { phase: 'Running', containerStatuses: [running] }),
    pod('b', { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }),
    pod('c', undefined),
    {
      ...waitingPod('d', 'secret "typo-secret" not found'),
      metadata: { ...pod('d', {}).metadata, deletionTimestamp: 'now' },
    },
  ];
  expect(explainWaitingPods(pods, production)).toEqual([]);
});

test('names every secret of Vault that the Secret is made from', () => {
  const [one, two] = [vaultSecret('team/one', { a: randomHex(32) }), vaultSecret('team/two', { b: randomHex(32) })];
  const catalog = defineCatalog({
    name: 'team',
    workloads: { app: workload({ namespace: 'nivesh', env: { A: one.a, B: two.b } }) },
  });
  const environment = defineEnvironment('test', { catalog, delivery: production.delivery });
  const [sentence] = explainWaitingPods([waitingPod('a', 'secret "app-secret" not found')], environment);
  expect(sentence).toContain('from secret/team/one, secret/team/two in Vault');
});
