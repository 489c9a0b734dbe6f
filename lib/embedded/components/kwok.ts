import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/client';
import { holdsCondition } from '../../kubernetes/condition';
import { kubeconfigOf } from '../identities';
import { writePrivateFile } from '../layout';
import { keepOnlyNode } from '../nodes';
import { loopback } from '../ports';
import { probe } from '../probe';
import { moduleFolder } from '../toolchain';
import type { Component } from './component';

const nodeName = 'kwok';

/** Stages of kwok's own module that make nodes and pods ready at once and Jobs complete. */
const stages = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat/node-heartbeat.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];

/**
 * Pretends to be the kubelet of one node (https://kwok.sigs.k8s.io): pods become ready and run nothing, so that waiting
 * for a rollout means something.
 */
export const kwok: Component = {
  name: 'kwok',
  after: ['kube-apiserver', 'kube-controller-manager'],
  ports: ['kwok'],
  scheme: 'http',

  prepare: async ({ layout, kubernetes }) => {
    const folder = join(await moduleFolder('kwok'), 'kustomize', 'stage');
    const documents = await Promise.all(stages.map(async (stage) => await readFile(join(folder, stage), 'utf8')));
    await writePrivateFile(layout.file('kwok', 'stages.yaml'), documents.join('\n---\n'));
    await keepOnlyNode(await kubernetes(), nodeName);
  },

  args: ({ layout, port }) => [
    `--kubeconfig=${kubeconfigOf(layout, 'kwok')}`,
    `--config=${layout.file('kwok', 'stages.yaml')}`,
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--cidr=10.244.0.0/16',
    // A lease of the run before would keep the node waiting for ten seconds.
    '--node-lease-duration-seconds=0',
    `--server-address=${loopback}:${port('kwok')}`,
  ],

  answers: async ({ port }) => (await probe(`http://${loopback}:${port('kwok')}/healthz`)) === 200,

  setUp: async ({ kubernetes }) => {
    await (await kubernetes()).apply(node, 'nivesh-secrets-embedded');
  },

  isReady: async ({ port, kubernetes }) => {
    if ((await probe(`http://${loopback}:${port('kwok')}/healthz`)) !== 200) {
      return false;
    }
    const found = await (await kubernetes()).get('v1', 'Node', nodeName);
    return found !== undefined && acceptsPods(found);
  },
};

function acceptsPods(found: KubernetesObject): boolean {
  const { taints = [] } = found.spec as { taints?: { effect: string }[] };
  return holdsCondition(found, 'Ready') && taints.every(({ effect }) => effect === 'PreferNoSchedule');
}

const node: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: nodeName,
    annotations: { 'kwok.x-k8s.io/node': 'fake' },
    labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', type: 'kwok' },
  },
};
