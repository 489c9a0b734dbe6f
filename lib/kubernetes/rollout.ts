import type { WorkloadKind } from '../catalog';
import type { KubernetesClient, KubernetesObject } from './client';
import { type ChangeOptions, poll, type PollOptions } from './poll';
import type { Pod } from './pods';
import { NotDeliveredError, NotYetDeliveredError } from './rollout-errors';
import { type RolloutObjects, type RolloutState, rolloutState, unreadyPods } from './rollout-state';

/** A workload that runs pods, by its name. */
export interface RolloutTarget {
  readonly kind: Exclude<WorkloadKind, 'CronJob'>;
  readonly namespace: string;
  readonly name: string;
}

/** What a restart is for; it is written to the pods, so that nobody does it twice. */
export interface RestartMark {
  /** Name of the annotation. */
  readonly annotation: string;
  readonly value: string;
}

/** See {@link awaitRollout}. */
export interface RolloutOptions extends PollOptions {
  /**
   * Longest time without any progress, in milliseconds. A Deployment's own `progressDeadlineSeconds` goes first.
   * @default 600_000
   */
  readonly stallTimeoutMs?: number;
  /** Gets each new state in words. @default - nobody */
  readonly onProgress?: (reason: string) => void;
}

/** What `kubectl rollout restart` sets, which tools that compare manifests know and leave alone. */
const restartedAtAnnotation = 'kubectl.kubernetes.io/restartedAt';

/** How long the node may take beyond the time that a pod was given to end. */
const endingGraceMs = 60_000;

/** The object of a target. */
export async function getWorkload(
  kubernetes: KubernetesClient,
  { kind, name, namespace }: RolloutTarget,
): Promise<KubernetesObject | undefined> {
  return await kubernetes.get('apps/v1', kind, name, namespace);
}

/** What the newest pod template was restarted for. */
export function restartMark(workload: KubernetesObject, annotation: string): string | undefined {
  const { template } = workload.spec as { template?: { metadata?: KubernetesObject['metadata'] } };
  return template?.metadata?.annotations?.[annotation];
}

/**
 * Starts a rolling restart, in the pace of the manifest's own strategy (`maxUnavailable`, `maxSurge`). One that was
 * started for the same is left alone.
 * @returns whether a restart was started
 * @throws NotDeliveredError when there is no such workload
 */
export async function restartWorkload(
  kubernetes: KubernetesClient,
  target: RolloutTarget,
  { annotation, value }: RestartMark,
  options: ChangeOptions = {},
): Promise<boolean> {
  return await poll(async () => {
    const workload = await requireWorkload(kubernetes, target);
    if (restartMark(workload, annotation) === value) {
      return false;
    }
    const annotations = { [restartedAtAnnotation]: new Date().toISOString(), [annotation]: value };
    await options.guard?.();
    await kubernetes.patch(workload, { spec: { template: { metadata: { annotations } } } });
    return true;
  }, options);
}

/**
 * Waits until every pod has the newest template and no older one is left, not even one that ends.
 * @throws NotDeliveredError when the new pods do not come up
 * @throws NotYetDeliveredError when they have, but an older pod does not end in the time that it was given
 */
export async function awaitRollout(
  kubernetes: KubernetesClient,
  target: RolloutTarget,
  options: RolloutOptions = {},
): Promise<void> {
  const { stallTimeoutMs = 600_000, onProgress } = options;
  const watch = new StallWatch(stallTimeoutMs);
  let told = '';
  await poll(async () => {
    const objects = await readRollout(kubernetes, target);
    const state = rolloutState(objects);
    if (state.state === 'done') {
      return true;
    }
    if (state.reason !== told) {
      told = state.reason;
      onProgress?.(state.reason);
    }
    watch.look(state, objects.workload, target);
    return undefined;
  }, options);
}

/** Tells a rollout that is slow from one that stands still. */
class StallWatch {
  #best = Number.NEGATIVE_INFINITY;
  #since = Date.now();

  constructor(private readonly stallTimeoutMs: number) {}

  look(state: Exclude<RolloutState, { state: 'done' }>, workload: KubernetesObject, target: RolloutTarget): void {
    const place = `${target.kind} ${target.namespace}/${target.name}`;
    if (state.state === 'failed') {
      throw new NotDeliveredError(`${place}: ${state.reason}`);
    }
    if (state.state === 'ending') {
      if (Date.now() > state.until.getTime() + endingGraceMs) {
        throw new NotYetDeliveredError(
          `${place}: ${state.reason}, past its time; is its node alive?`,
          'end it, then start the same command again: it goes on',
        );
      }
      return;
    }
    if (state.progress > this.#best) {
      this.#best = state.progress;
      this.#since = Date.now();
    }
    const limit = Math.max(this.stallTimeoutMs, ownDeadlineMs(workload));
    if (Date.now() - this.#since > limit) {
      throw new NotDeliveredError(`${place}: no progress for ${Math.round(limit / 1000)} s: ${state.reason}`);
    }
  }
}

/** The controller says itself when its deadline has passed; a minute later we stop to believe that it will. */
function ownDeadlineMs({ kind, spec }: KubernetesObject): number {
  const { progressDeadlineSeconds } = spec as { progressDeadlineSeconds?: number };
  return kind === 'Deployment' && progressDeadlineSeconds !== undefined ? (progressDeadlineSeconds + 60) * 1000 : 0;
}

/** The objects of a rollout, as they are now. */
export async function readRollout(kubernetes: KubernetesClient, target: RolloutTarget): Promise<RolloutObjects> {
  // The workload is read last: a status that is complete then cannot be older than the pods.
  const { namespace } = target;
  const labelSelector = selectorOf(await requireWorkload(kubernetes, target));
  const [pods, replicaSets] = await Promise.all([
    kubernetes.list('v1', 'Pod', namespace, labelSelector) as Promise<Pod[]>,
    target.kind === 'Deployment' ? kubernetes.list('apps/v1', 'ReplicaSet', namespace, labelSelector) : [],
  ]);
  return { workload: await requireWorkload(kubernetes, target), pods, replicaSets };
}

/**
 * Takes pods away that never became ready, after their template was taken back: a StatefulSet waits for them forever
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback). A Deployment needs no help.
 */
export async function removeStuckPods(
  kubernetes: KubernetesClient,
  target: RolloutTarget,
  options: ChangeOptions = {},
): Promise<void> {
  if (target.kind !== 'StatefulSet') {
    return;
  }
  await poll(async () => {
    const objects = await readRollout(kubernetes, target);
    if (!isObserved(objects.workload)) {
      return undefined;
    }
    for (const { metadata } of unreadyPods(objects, 'older')) {
      await options.guard?.();
      await kubernetes.delete('v1', 'Pod', metadata.name, target.namespace);
    }
    return true;
  }, options);
}

function isObserved({ metadata, status }: KubernetesObject): boolean {
  return (
    ((status as { observedGeneration?: number } | undefined)?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

async function requireWorkload(kubernetes: KubernetesClient, target: RolloutTarget): Promise<KubernetesObject> {
  const workload = await getWorkload(kubernetes, target);
  if (!workload) {
    throw new NotDeliveredError(`there is no ${target.kind} ${target.namespace}/${target.name}`);
  }
  return workload;
}

/** A label selector as a query has it (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api). */
export function selectorOf(workload: KubernetesObject): string {
  const { selector = {} } = workload.spec as { selector?: LabelSelector };
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
    }
  });
  return [...labels, ...expressions].join(',');
}

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}
