import { type Catalog, compare, workloadNames } from '../catalog';
import type { KubernetesClient } from './client';

/** Verbs on one kind in one namespace. */
export interface Right {
  readonly namespace: string;
  /** API group; empty for the core. */
  readonly group: string;
  /** Plural: `deployments`. */
  readonly resource: string;
  /** Objects. @default - all: lists cannot be limited to names */
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * Exactly what bringing new values to some workloads takes: the Role of the scheduled rotation has these rights, and
 * a check asks for them before anything is changed. Reading Secrets is not among them.
 */
export function rolloutRights(catalog: Catalog, workloads: readonly string[]): Right[] {
  const places = new Map<string, Readonly<Record<string, string[]>>>();
  for (const name of workloads) {
    const { namespace, kind } = catalog.workloads[name] ?? { namespace: '', kind: 'Deployment' };
    const place = places.get(namespace) ?? { ExternalSecret: [], Deployment: [], StatefulSet: [], CronJob: [] };
    place.ExternalSecret?.push(workloadNames(catalog.name, name).externalSecret);
    place[kind]?.push(name);
    places.set(namespace, place);
  }
  return [...places].sort(([a], [b]) => compare(a, b)).flatMap(([namespace, place]) => rightsIn(namespace, place));
}

function rightsIn(namespace: string, place: Readonly<Record<string, readonly string[]>>): Right[] {
  const { ExternalSecret = [], Deployment = [], StatefulSet = [], CronJob = [] } = place;
  const change = ['get', 'patch'];
  const right = (group: string, resource: string, verbs: readonly string[], names?: readonly string[]): Right => ({
    namespace,
    group,
    resource,
    ...(names ? { names: [...names].sort(compare) } : {}),
    verbs,
  });
  const restarted = Deployment.length + StatefulSet.length > 0;
  return [
    right('external-secrets.io', 'externalsecrets', change, ExternalSecret),
    ...(Deployment.length > 0
      ? [right('apps', 'deployments', change, Deployment), right('apps', 'replicasets', ['list'])]
      : []),
    ...(StatefulSet.length > 0 ? [right('apps', 'statefulsets', change, StatefulSet)] : []),
    // Taking back a StatefulSet's failed restart means to delete the pod that it is stuck at.
    ...(restarted ? [right('', 'pods', StatefulSet.length > 0 ? ['list', 'delete'] : ['list'])] : []),
    ...(CronJob.length > 0 ? [right('batch', 'cronjobs', ['get'], CronJob), right('batch', 'jobs', ['list'])] : []),
  ];
}

/** A right for one verb on one object, or on all of a kind. */
export interface MissingRight extends Omit<Right, 'names' | 'verbs'> {
  readonly verb: string;
  readonly name?: string;
}

/**
 * The rights that whoever asks does not have
 * (https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access).
 */
export async function missingRights(kubernetes: KubernetesClient, rights: readonly Right[]): Promise<MissingRight[]> {
  const single = rights.flatMap(({ names, verbs, ...right }) =>
    verbs.flatMap((verb) =>
      names ? names.map((name): MissingRight => ({ ...right, verb, name })) : [{ ...right, verb }],
    ),
  );
  const allowed = await Promise.all(single.map(async (right) => await isAllowed(kubernetes, right)));
  return single.filter((_, index) => !allowed[index]);
}

async function isAllowed(kubernetes: KubernetesClient, right: MissingRight): Promise<boolean> {
  const { status } = await kubernetes.request<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: right },
    },
  );
  return status.allowed;
}
