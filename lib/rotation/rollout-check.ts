import { type Problem, quoted, workloadNames, type Catalog } from '../catalog';
import { type KubernetesClient, KubernetesError, type KubernetesObject } from '../kubernetes/client';
import { externalSecretApi, isSynchronised, reasonOf } from '../kubernetes/refresh';
import { getWorkload, type RolloutTarget } from '../kubernetes/rollout';
import { missingRights, rolloutRights } from '../kubernetes/rollout-rights';
import { replicasOf, rolloutState } from '../kubernetes/rollout-state';

/** What {@link checkRollout} found. */
export interface RolloutFindings {
  /** What makes it impossible. */
  readonly problems: readonly Problem[];
  /** Where a restart may lose requests, a sentence each. */
  readonly notes: readonly string[];
}

interface Strategy {
  readonly type?: string;
  readonly rollingUpdate?: { readonly maxUnavailable?: number | string; readonly partition?: number };
}

interface RestartedSpec {
  readonly paused?: boolean;
  readonly strategy?: Strategy;
  readonly updateStrategy?: Strategy;
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly {
        readonly readinessProbe?: unknown;
        readonly lifecycle?: { preStop?: unknown };
      }[];
    };
  };
}

/**
 * Whether new values can be brought to some workloads of a catalog. Reads only.
 * @param isOwn whether a rollout was started by the rotation that is about to go on
 */
export async function checkRollout(
  kubernetes: KubernetesClient,
  catalog: Catalog,
  workloads: readonly string[],
  isOwn: (workload: KubernetesObject) => boolean = () => false,
): Promise<RolloutFindings> {
  const rights = await checkRights(kubernetes, catalog, workloads);
  const found = await Promise.all(workloads.map(async (name) => await checkWorkload(kubernetes, catalog, name, isOwn)));
  return {
    problems: [...rights, ...found.flatMap(({ problems }) => problems)],
    notes: found.flatMap(({ notes }) => notes),
  };
}

async function checkRights(
  kubernetes: KubernetesClient,
  catalog: Catalog,
  workloads: readonly string[],
): Promise<Problem[]> {
  const missing = await missingRights(kubernetes, rolloutRights(catalog, workloads));
  return missing.map(({ namespace, group, resource, name, verb }) => ({
    path: `${namespace}/${resource}${name === undefined ? '' : `/${name}`}`,
    what: 'whoever runs this may not do it',
    got: `no right to ${verb}`,
    allowed: `${verb} on ${resource}${group === '' ? '' : `.${group}`}`,
    fix: 'use an account with the rights of the generated Role, or another --context',
  }));
}

async function checkWorkload(
  kubernetes: KubernetesClient,
  catalog: Catalog,
  name: string,
  isOwn: (workload: KubernetesObject) => boolean,
): Promise<RolloutFindings> {
  const { namespace, kind } = catalog.workloads[name] ?? { namespace: '', kind: 'Deployment' };
  const { externalSecret } = workloadNames(catalog.name, name);
  const path = `workloads.${name}`;
  const [source, workload] = await Promise.all([
    readable(async () => await kubernetes.get(externalSecretApi, 'ExternalSecret', externalSecret, namespace)),
    readable(async () =>
      kind === 'CronJob'
        ? await kubernetes.get('batch/v1', kind, name, namespace)
        : await getWorkload(kubernetes, { kind, name, namespace }),
    ),
  ]);
  return {
    problems: [
      ...checkPresence(path, `ExternalSecret ${namespace}/${externalSecret}`, source),
      ...(source.object && !isSynchronised(source.object)
        ? [
            {
              path,
              what: `ExternalSecret ${namespace}/${externalSecret} is not synchronised`,
              got: reasonOf(source.object),
              allowed: 'condition Ready with status True',
              fix: 'see what nivesh-secrets verify says',
            },
          ]
        : []),
      ...checkPresence(path, `${kind} ${namespace}/${name}`, workload),
      ...(workload.object && kind !== 'CronJob'
        ? checkRestart(path, { kind, name, namespace }, workload.object, isOwn(workload.object))
        : []),
    ],
    notes: workload.object && kind !== 'CronJob' ? lossyRestart(name, workload.object) : [],
  };
}

interface Readable {
  readonly object?: KubernetesObject;
  /** Whether it is known that there is none. */
  readonly absent: boolean;
}

/** What may not be read is among the missing rights already. */
async function readable(read: () => Promise<KubernetesObject | undefined>): Promise<Readable> {
  try {
    const object = await read();
    return object ? { object, absent: false } : { absent: true };
  } catch (error) {
    if (error instanceof KubernetesError && (error.status === 403 || error.status === 404)) {
      return { absent: error.status === 404 };
    }
    throw error;
  }
}

function checkPresence(path: string, what: string, { absent }: Readable): Problem[] {
  return absent
    ? [
        {
          path,
          what: 'an object of the workload is not in the cluster',
          got: `no ${what}`,
          allowed: 'what the manifests of the environment have',
          fix: 'apply them, or use another --context',
        },
      ]
    : [];
}

function checkRestart(path: string, target: RolloutTarget, workload: KubernetesObject, isOwn: boolean): Problem[] {
  const place = `${target.kind} ${target.namespace}/${target.name}`;
  const { paused, updateStrategy } = workload.spec as RestartedSpec;
  const problems: Problem[] = [];
  if (paused) {
    problems.push({
      path,
      what: `${place} is paused, so it would never restart`,
      got: 'paused: true',
      allowed: 'a Deployment that is not paused',
      fix: `kubectl rollout resume deployment/${target.name} --namespace ${target.namespace}`,
    });
  }
  if (updateStrategy?.type === 'OnDelete' || (updateStrategy?.rollingUpdate?.partition ?? 0) > 0) {
    problems.push({
      path,
      what: `${place} does not replace all of its pods by itself`,
      got: `updateStrategy ${quoted(JSON.stringify(updateStrategy))}`,
      allowed: 'RollingUpdate without a partition',
      fix: 'change its manifest',
    });
  }
  const state = rolloutState({ workload, replicaSets: [], pods: [] });
  if (state.state === 'failed' && !isOwn) {
    problems.push({
      path,
      what: `a rollout of ${place} is stuck already`,
      got: state.reason,
      allowed: 'a Deployment whose pods came up',
      fix: `see why with kubectl describe deployment/${target.name} --namespace ${target.namespace}, and mend or undo it`,
    });
  }
  return problems;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
function lossyRestart(name: string, workload: KubernetesObject): string[] {
  const { strategy, template } = workload.spec as RestartedSpec;
  const replicas = replicasOf(workload);
  const maxUnavailable = strategy?.rollingUpdate?.maxUnavailable ?? '25%';
  const containers = template?.spec?.containers ?? [];
  const reasons = [
    ...(workload.kind === 'Deployment' && strategy?.type === 'Recreate' ? ['its strategy is Recreate'] : []),
    ...(workload.kind === 'StatefulSet' && replicas < 2 ? ['it has one pod'] : []),
    ...(workload.kind === 'Deployment' && mayLose(maxUnavailable, replicas)
      ? ['maxUnavailable lets every pod go at once']
      : []),
    ...(containers.some(({ readinessProbe }) => !readinessProbe) ? ['a container has no readiness probe'] : []),
    ...(containers.some(({ lifecycle }) => !lifecycle?.preStop)
      ? ['a container has no preStop, so it may be told to end before its last request arrives']
      : []),
  ];
  return reasons.length > 0 && replicas > 0 ? [`${name}: its restart may lose requests: ${reasons.join('; ')}`] : [];
}

/** A percentage is rounded down. */
function mayLose(maxUnavailable: number | string, replicas: number): boolean {
  const count =
    typeof maxUnavailable === 'number'
      ? maxUnavailable
      : Math.floor((Number.parseFloat(maxUnavailable) / 100) * replicas);
  return replicas > 0 && count >= replicas;
}
