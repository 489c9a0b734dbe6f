import type { KubernetesClient, KubernetesObject } from './client';
import { type Condition, holdsCondition } from './condition';

/** Why a container does not run yet. */
export interface WaitingState {
  /** Such as `CreateContainerConfigError`. */
  readonly reason?: string;
  readonly message?: string;
}

/** What kubelet says of one container. */
export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  /** `containerd://<id>`. */
  readonly containerID?: string;
  readonly state?: {
    readonly waiting?: WaitingState;
    readonly running?: { readonly startedAt: string };
    readonly terminated?: TerminatedState;
  };
  /** How it ended before its last start. */
  readonly lastState?: { readonly terminated?: TerminatedState };
}

/** How a container ended. */
export interface TerminatedState {
  readonly reason?: string;
  readonly exitCode: number;
}

/** A pod, as far as it is read here. */
export interface Pod extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly namespace: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly controller?: boolean;
}

/** A pod and the object that a person wrote to have it. */
export interface OwnedPod {
  readonly pod: Pod;
  /** Kind and name of a Deployment, CronJob and so on; of the pod itself where nothing owns it. */
  readonly owner: { readonly kind: string; readonly name: string };
}

/** Kinds that stand between a workload and its pods, with their API. */
const between: Readonly<Record<string, string>> = { ReplicaSet: 'apps/v1', Job: 'batch/v1' };

/** Every pod of a namespace, or of all, with its workload; by namespace and name. */
export async function listOwnedPods(kubernetes: KubernetesClient, namespace?: string): Promise<OwnedPod[]> {
  const list = async (apiVersion: string, kind: string): Promise<KubernetesObject[]> =>
    await kubernetes.list(apiVersion, kind, namespace);
  const [pods, ...controllers] = await Promise.all([
    list('v1', 'Pod') as Promise<Pod[]>,
    ...Object.entries(between).map(async ([kind, apiVersion]) => await list(apiVersion, kind)),
  ]);
  return ownedPods(pods, controllers.flat());
}

/** See {@link listOwnedPods}. */
export function ownedPods(pods: readonly Pod[], controllers: readonly KubernetesObject[]): OwnedPod[] {
  return pods
    .map((pod) => ({ pod, owner: workloadOf(pod, controllers) }))
    .sort((a, b) => (keyOf(a.pod) < keyOf(b.pod) ? -1 : 1));
}

function workloadOf(object: KubernetesObject, controllers: readonly KubernetesObject[]): OwnedPod['owner'] {
  const references = object.metadata.ownerReferences as readonly OwnerReference[] | undefined;
  const reference = references?.find(({ controller }) => controller);
  if (!reference) {
    return { kind: object.kind, name: object.metadata.name };
  }
  const controller = controllers.find(
    ({ kind, metadata }) =>
      kind === reference.kind && metadata.name === reference.name && metadata.namespace === object.metadata.namespace,
  );
  return controller && between[reference.kind] ? workloadOf(controller, controllers) : reference;
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Whether a pod serves: its condition Ready, and nobody has asked it to end. */
export function isReady(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && holdsCondition(pod, 'Ready');
}
