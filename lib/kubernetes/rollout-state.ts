import type { KubernetesObject } from './client';
import { type Condition, conditionOf } from './condition';
import { isReady, type Pod } from './pods';

/** How far a restart is. */
export type RolloutState =
  /** Every pod is a new one, and no older one is left. */
  | { readonly state: 'done' }
  /** @param progress grows with each step of the rollout */
  | { readonly state: 'rolling'; readonly reason: string; readonly progress: number }
  /** New pods serve; older ones have been told to end, and have until `until`. */
  | { readonly state: 'ending'; readonly reason: string; readonly until: Date }
  | { readonly state: 'failed'; readonly reason: string };

/** What a Deployment or StatefulSet consists of at one moment. */
export interface RolloutObjects {
  readonly workload: KubernetesObject;
  /** Those that its selector finds. @default - none, for a StatefulSet */
  readonly replicaSets: readonly KubernetesObject[];
  /** Those that its selector finds. */
  readonly pods: readonly Pod[];
}

/** Status of a Deployment or StatefulSet; a count that is zero is left out. */
export interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly conditions?: readonly Condition[];
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const hashLabels: Readonly<Record<string, string>> = {
  Deployment: 'pod-template-hash',
  StatefulSet: 'controller-revision-hash',
};

/**
 * Reads how far the rollout of the newest pod template is, more strictly than `kubectl rollout status`: a pod of an older
 * template counts until its process has ended
 * (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status).
 */
export function rolloutState(objects: RolloutObjects): RolloutState {
  const { workload, pods } = objects;
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = statusOf(workload);
  if (observedGeneration < (workload.metadata.generation ?? 0)) {
    return { state: 'rolling', reason: 'its controller has not seen the restart yet', progress: 0 };
  }
  const progressing = conditionOf(workload, 'Progressing');
  if (progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded') {
    return { state: 'failed', reason: progressing.message ?? 'its progress deadline was exceeded' };
  }
  const replicas = replicasOf(workload);
  const newest = newestHash(objects);
  const older = pods.filter((pod) => runs(pod) && hashOf(pod, workload.kind) !== newest);
  const serving = older.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (newest === undefined || updatedReplicas < replicas || availableReplicas < replicas || serving.length > 0) {
    const counts = `${updatedReplicas} of ${replicas} pods are new, ${availableReplicas} available, ${older.length} of before left`;
    // Such as a quota, or a namespace that refuses them: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
    const refused = conditionOf(workload, 'ReplicaFailure');
    const reason =
      refused?.status === 'True' ? `${counts}; pods are not made: ${refused.message ?? 'no message'}` : counts;
    return { state: 'rolling', reason, progress: updatedReplicas + availableReplicas - older.length };
  }
  if (older.length > 0) {
    const ends = older.map(({ metadata }) => Date.parse(metadata.deletionTimestamp ?? ''));
    const reason = `${older.map(({ metadata }) => metadata.name).join(', ')} of before still ends`;
    return { state: 'ending', reason, until: new Date(Math.max(...ends)) };
  }
  return { state: 'done' };
}

/** Pods that do not serve, of the newest template or of older ones. */
export function unreadyPods(objects: RolloutObjects, template: 'newest' | 'older'): Pod[] {
  const newest = newestHash(objects);
  return objects.pods.filter(
    (pod) =>
      runs(pod) &&
      pod.metadata.deletionTimestamp === undefined &&
      !isReady(pod) &&
      (hashOf(pod, objects.workload.kind) === newest) === (template === 'newest'),
  );
}

/** How many pods a Deployment or StatefulSet should have. */
export function replicasOf({ spec }: KubernetesObject): number {
  return (spec as { readonly replicas?: number } | undefined)?.replicas ?? 1;
}

/** Which template the newest pods have; nothing where the controller has made none yet. */
function newestHash({ workload, replicaSets }: RolloutObjects): string | undefined {
  if (workload.kind === 'StatefulSet') {
    return statusOf(workload).updateRevision;
  }
  const revision = workload.metadata.annotations?.[revisionAnnotation];
  const newest = replicaSets.find(
    ({ metadata }) => isOwnedBy(metadata, workload) && metadata.annotations?.[revisionAnnotation] === revision,
  );
  return newest?.metadata.labels?.['pod-template-hash'];
}

function isOwnedBy(metadata: KubernetesObject['metadata'], owner: KubernetesObject): boolean {
  const references = metadata.ownerReferences as readonly { readonly uid?: string }[] | undefined;
  return references?.some(({ uid }) => uid !== undefined && uid === owner.metadata.uid) ?? false;
}

function hashOf({ metadata }: Pod, kind: string): string | undefined {
  return metadata.labels?.[hashLabels[kind] ?? ''];
}

/** A pod that has ended, such as one that was evicted, stays listed for a while. */
function runs({ status }: Pod): boolean {
  return status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
}

function statusOf({ status }: KubernetesObject): WorkloadStatus {
  return status ?? {};
}
