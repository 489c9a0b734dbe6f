import type { KubernetesObject } from '../../../kubernetes/client';
import { type Condition, conditionOf } from '../../../kubernetes/condition';
import type { CheckFailure } from '../resource-provider';
import { type PropertyMap, textOf } from '../values';
import { annotationOf } from './object';

/** How far an object is. */
export interface Readiness {
  readonly ready: boolean;
  /** What the object says of itself. */
  readonly message: string;
  /** Whether waiting longer is of no use. @default false */
  readonly failed?: boolean;
}

type Check = (object: KubernetesObject) => Readiness;

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly readyReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
}

const waitFor = 'pulumi.com/waitFor';
const expression = /^condition=([^=]+)(?:=([^=]+))?$/;

/** The conditions of `pulumi.com/waitFor`: one, or a JSON list of them. */
function waitedFor(inputs: PropertyMap): readonly string[] {
  const value = annotationOf(inputs, waitFor);
  if (value === '') {
    return [];
  }
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed.map(String) : [value];
  } catch {
    return [value];
  }
}

/** What is wrong with the annotations that say when an object is ready. */
export function checkWaiting(inputs: PropertyMap): readonly CheckFailure[] {
  const property = `metadata.annotations["${waitFor}"]`;
  return waitedFor(inputs)
    .filter((value) => !expression.test(value))
    .map((value) => ({
      property,
      reason: `must be condition=<type> or condition=<type>=<status> with the stand-in, got "${value}"`,
    }));
}

/** When an object is ready; nothing where it is as soon as it is there. */
export function readinessOf(inputs: PropertyMap): Check | undefined {
  if (annotationOf(inputs, 'pulumi.com/skipAwait') === 'true') {
    return undefined;
  }
  const declared = waitedFor(inputs);
  if (declared.length > 0) {
    return all(declared.map(conditionCheck));
  }
  return byKind[`${groupOf(inputs.apiVersion)}${textOf(inputs.kind)}`];
}

function groupOf(apiVersion: unknown): string {
  return typeof apiVersion === 'string' && apiVersion.includes('/') ? apiVersion.replace(/[^/]+$/, '') : '';
}

function all(checks: readonly Check[]): Check {
  return (object) => {
    const results = checks.map((check) => check(object));
    return results.find(({ ready }) => !ready) ?? results[0] ?? { ready: true, message: '' };
  };
}

function conditionCheck(text: string): Check {
  const [, type = '', status = 'True'] = expression.exec(text) ?? [];
  return (object) => {
    const found = conditionOf(object, type);
    return { ready: found?.status.toLowerCase() === status.toLowerCase(), message: sentence(type, found) };
  };
}

function sentence(type: string, condition: Condition | undefined): string {
  if (!condition) {
    return `it has no condition ${type} yet`;
  }
  const { status, reason, message } = condition;
  return `${type} is ${status}${reason ? ` (${reason})` : ''}${message ? `: ${message}` : ''}`;
}

function statusOf(object: KubernetesObject): WorkloadStatus {
  return object.status ?? {};
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status */
function rollout(wanted: number, updated = 0, available = 0, total = wanted): Check {
  return (object) => {
    const observed = (statusOf(object).observedGeneration ?? 0) >= (object.metadata.generation ?? 0);
    const ready = observed && updated >= wanted && available >= wanted && total <= wanted;
    const counts = `${available} of ${wanted} replicas are available, ${updated} of the new revision`;
    const refused = conditionOf(object, 'ReplicaFailure');
    return {
      ready,
      message: refused?.status === 'True' ? `${counts}; ${sentence('ReplicaFailure', refused)}` : counts,
    };
  };
}

function specReplicas({ spec }: KubernetesObject): number {
  return (spec as { replicas?: number } | undefined)?.replicas ?? 1;
}

const deployment: Check = (object) => {
  const { updatedReplicas, availableReplicas, replicas } = statusOf(object);
  const progress = rollout(specReplicas(object), updatedReplicas, availableReplicas, replicas)(object);
  const progressing = conditionOf(object, 'Progressing');
  const failed = progressing?.reason === 'ProgressDeadlineExceeded';
  return failed
    ? { ready: false, failed, message: `${sentence('Progressing', progressing)}; ${progress.message}` }
    : progress;
};

const statefulSet: Check = (object) => {
  const { updatedReplicas, readyReplicas, replicas } = statusOf(object);
  return rollout(specReplicas(object), updatedReplicas, readyReplicas, replicas)(object);
};

const daemonSet: Check = (object) => {
  const { desiredNumberScheduled = 0, updatedNumberScheduled, numberAvailable } = statusOf(object);
  return rollout(desiredNumberScheduled, updatedNumberScheduled, numberAvailable)(object);
};

const job: Check = (object) => {
  const failure = conditionOf(object, 'Failed');
  return failure?.status === 'True'
    ? { ready: false, failed: true, message: sentence('Failed', failure) }
    : conditionCheck('condition=Complete')(object);
};

const namespace: Check = (object) => {
  const phase = (object.status as { phase?: string } | undefined)?.phase ?? 'unknown';
  return { ready: phase === 'Active', message: `its phase is ${phase}` };
};

const serviceAccountToken: Check = (object) => ({
  ready: object.type !== 'kubernetes.io/service-account-token' || object.data !== undefined,
  message: 'no token was made for its service account yet',
});

/** Kinds for which the published plugin waits without being told. */
const byKind: Readonly<Record<string, Check>> = {
  Namespace: namespace,
  Secret: serviceAccountToken,
  'apiextensions.k8s.io/CustomResourceDefinition': conditionCheck('condition=Established'),
  'apps/DaemonSet': daemonSet,
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'batch/Job': job,
};
