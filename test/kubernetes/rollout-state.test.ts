import type { KubernetesObject } from '../../lib/kubernetes/client';
import type { Pod } from '../../lib/kubernetes/pods';
import {
  type RolloutObjects,
  rolloutState,
  unreadyPods,
  type WorkloadStatus,
} from '../../lib/kubernetes/rollout-state';

const complete: WorkloadStatus = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

function workload(status: WorkloadStatus, kind = 'Deployment', replicas = 2): KubernetesObject {
  const annotations = { 'deployment.kubernetes.io/revision': '2' };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web', uid: 'web', generation: 2, annotations },
    spec: { replicas },
    status,
  };
}

function replicaSet(hash: string, revision: string, owner = 'web'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${hash}`,
      labels: { 'pod-template-hash': hash },
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: owner, controller: true }],
    },
  };
}

function pod(name: string, hash: string, change: Partial<Pod['metadata']> = {}, ready = true, phase = 'Running'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      labels: { 'pod-template-hash': hash, 'controller-revision-hash': hash },
      ...change,
    },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

function objects(status: WorkloadStatus, pods: readonly Pod[], kind = 'Deployment'): RolloutObjects {
  // Another Deployment's ReplicaSet with the same revision must not be taken for ours.
  const replicaSets = [replicaSet('theirs', '2', 'other'), replicaSet('old', '1'), replicaSet('new', '2')];
  return { workload: workload(status, kind), replicaSets: kind === 'Deployment' ? replicaSets : [], pods };
}

const newPods = [pod('new-1', 'new'), pod('new-2', 'new')];

test('is done when every pod is new and available', () => {
  expect(rolloutState(objects(complete, newPods))).toEqual({ state: 'done' });
  const status = { ...complete, updateRevision: 'new' };
  expect(rolloutState(objects(status, newPods, 'StatefulSet'))).toEqual({ state: 'done' });
});

test('says why pods are not made', () => {
  const refused = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' };
  const status = { ...complete, updatedReplicas: 0, conditions: [refused] };
  expect(rolloutState(objects(status, newPods))).toMatchObject({
    state: 'rolling',
    reason: '0 of 2 pods are new, 2 available, 0 of before left; pods are not made: exceeded quota',
  });
});

test('is done when there is nothing to run', () => {
  const none = {
    workload: workload({ observedGeneration: 2 }, 'Deployment', 0),
    replicaSets: [replicaSet('new', '2')],
  };
  expect(rolloutState({ ...none, pods: [] })).toEqual({ state: 'done' });
});

test('an evicted pod of before is nobody who serves', () => {
  expect(rolloutState(objects(complete, [...newPods, pod('old-1', 'old', {}, false, 'Failed')]))).toEqual({
    state: 'done',
  });
});

test('waits for a controller that has not seen the restart', () => {
  expect(rolloutState(objects({ ...complete, observedGeneration: 1 }, newPods))).toMatchObject({
    state: 'rolling',
    reason: 'its controller has not seen the restart yet',
  });
});

test.each<[string, WorkloadStatus, Pod[]]>([
  ['a pod is not new', { ...complete, updatedReplicas: 1 }, newPods],
  ['a new pod is not available', { ...complete, availableReplicas: 1 }, newPods],
  ['a pod of before still serves', complete, [...newPods, pod('old-1', 'old')]],
])('goes on while %s', (_, status, pods) => {
  expect(rolloutState(objects(status, pods))).toMatchObject({ state: 'rolling' });
});

test('progress grows with every step', () => {
  const steps: [WorkloadStatus, Pod[]][] = [
    [{ observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1 }, [pod('a', 'old'), pod('b', 'old')]],
    [{ observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1 }, [pod('a', 'old')]],
    [{ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 1 }, [pod('a', 'old')]],
    [complete, [pod('a', 'old')]],
  ];
  const progress = steps.map(([status, pods]) => {
    const state = rolloutState(objects(status, pods));
    return state.state === 'rolling' ? state.progress : undefined;
  });
  expect(progress).toEqual([0, 1, 2, 3]);
});

test('waits for a pod of before that ends, until its time is over', () => {
  const deletionTimestamp = '2026-11-26T20:00:30Z';
  const state = rolloutState(objects(complete, [...newPods, pod('old-1', 'old', { deletionTimestamp })]));
  expect(state).toEqual({
    state: 'ending',
    reason: 'old-1 of before still ends',
    until: new Date(deletionTimestamp),
  });
});

test('a progress deadline that has passed is a failure', () => {
  const conditions = [
    { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'ReplicaSet "x" timed out' },
  ];
  expect(rolloutState(objects({ ...complete, updatedReplicas: 1, conditions }, newPods))).toEqual({
    state: 'failed',
    reason: 'ReplicaSet "x" timed out',
  });
});

test('names the pods that hold a rollout up', () => {
  const pods = [
    pod('new-1', 'new', {}, false),
    pod('new-2', 'new'),
    pod('old-1', 'old', {}, false),
    pod('old-2', 'old'),
  ];
  const found = objects(complete, pods);
  expect(unreadyPods(found, 'newest').map(({ metadata }) => metadata.name)).toEqual(['new-1']);
  expect(unreadyPods(found, 'older').map(({ metadata }) => metadata.name)).toEqual(['old-1']);
});
