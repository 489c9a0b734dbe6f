import type { KubernetesObject } from '../../lib/kubernetes/client';
import { isReady, ownedPods, type Pod } from '../../lib/kubernetes/pods';

const owned = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });

function object(kind: string, name: string, metadata: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'default', ...metadata } };
}

function pod(name: string, metadata: object = {}): Pod {
  return object('Pod', name, metadata) as Pod;
}

test('finds the workload of a pod behind what stands between them', () => {
  const controllers = [
    object('ReplicaSet', 'web-1', owned('Deployment', 'web')),
    object('Job', 'backup-now', owned('CronJob', 'backup')),
    object('Job', 'alone'),
    object('ReplicaSet', 'web-1', { namespace: 'other', ...owned('Deployment', 'other') }),
  ];
  const pods = [
    pod('web-1-a', owned('ReplicaSet', 'web-1')),
    pod('backup-now-a', owned('Job', 'backup-now')),
    pod('alone-a', owned('Job', 'alone')),
    pod('store-0', owned('StatefulSet', 'store')),
    pod('bare'),
    pod('gone-1-a', owned('ReplicaSet', 'gone-1')),
    pod('adopted', { ownerReferences: [{ kind: 'ConfigMap', name: 'x' }] }),
  ];
  expect(ownedPods(pods, controllers).map((one) => [one.pod.metadata.name, one.owner.kind, one.owner.name])).toEqual([
    ['adopted', 'Pod', 'adopted'],
    ['alone-a', 'Job', 'alone'],
    ['backup-now-a', 'CronJob', 'backup'],
    ['bare', 'Pod', 'bare'],
    ['gone-1-a', 'ReplicaSet', 'gone-1'],
    ['store-0', 'StatefulSet', 'store'],
    ['web-1-a', 'Deployment', 'web'],
  ]);
});

test('a pod that is asked to end is not ready, whatever its condition says', () => {
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  expect(isReady({ ...pod('a'), status })).toBe(true);
  expect(isReady({ ...pod('a', { deletionTimestamp: 'now' }), status })).toBe(false);
  expect(isReady({ ...pod('a'), status: { conditions: [{ type: 'Ready', status: 'False' }] } })).toBe(false);
  expect(isReady(pod('a'))).toBe(false);
});
