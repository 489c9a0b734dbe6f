import { type Environment, quoted, secretsOfWorkload, usesExternalSecrets, workloadNames } from '../catalog';
import { conditionOf } from '../kubernetes/condition';
import type { ContainerStatus, Pod } from '../kubernetes/pods';

/** Reasons that only mean that kubelet is at work. */
const passing = new Set(['ContainerCreating', 'PodInitializing']);

/** What a waiting container lacks. */
interface Lack {
  readonly namespace: string;
  readonly secret: string;
  /** A key that the Secret does not have. @default - the Secret itself is missing */
  readonly key?: string;
}

/**
 * Why pods wait, a sentence for each cause: which Secret is missing, who should make it, and how to go on; for any
 * other cause, kubelet's own words.
 * @param pods those of a cluster or namespace; pods that run, or only start, give nothing
 */
export function explainWaitingPods(pods: readonly Pod[], environment: Environment): string[] {
  const causes = new Map<string, string[]>();
  for (const pod of pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
    for (const cause of causesOf(pod, environment)) {
      causes.set(cause, [...(causes.get(cause) ?? []), pod.metadata.name]);
    }
  }
  return [...causes].map(([cause, names]) => {
    const who = names.length === 1 ? `pod ${names.join('')} waits` : `${names.length} pods wait (${names.join(', ')})`;
    return `${who}: ${cause}`;
  });
}

function causesOf(pod: Pod, environment: Environment): string[] {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const statuses = [...initContainerStatuses, ...containerStatuses].filter(isStuck);
  const scheduled = conditionOf(pod, 'PodScheduled');
  return [
    ...(scheduled?.status === 'False' ? [`it has no node: ${scheduled.message ?? 'no reason given'}`] : []),
    ...new Set(statuses.map((status) => explainContainer(status, pod, environment))),
  ];
}

function isStuck({ state }: ContainerStatus): boolean {
  return state?.waiting !== undefined && !passing.has(state.waiting.reason ?? '');
}

function explainContainer(status: ContainerStatus, pod: Pod, environment: Environment): string {
  const { reason = 'no reason given', message } = status.state?.waiting ?? {};
  const lack = lackOf(message ?? '', pod.metadata.namespace);
  return lack
    ? explainLack(lack, environment)
    : `container ${status.name}: ${reason}${message === undefined ? '' : `: ${message}`}`;
}

/** Kubelet's words for a Secret that is not there, and for a key that it does not have. */
function lackOf(message: string, namespace: string): Lack | undefined {
  const secret = /^secret "([^"]+)" not found/.exec(message)?.[1];
  if (secret !== undefined) {
    return { namespace, secret };
  }
  const [, key, owner, name] = /^couldn't find key (\S+) in Secret ([^/\s]+)\/(\S+)/.exec(message) ?? [];
  return key !== undefined && owner !== undefined && name !== undefined
    ? { namespace: owner, secret: name, key }
    : undefined;
}

function explainLack({ namespace, secret, key }: Lack, environment: Environment): string {
  const { catalog } = environment;
  const what =
    key === undefined
      ? `Secret ${namespace}/${secret} does not exist`
      : `Secret ${namespace}/${secret} has no key ${quoted(key)}`;
  const workload = Object.keys(catalog.workloads).find((name) => workloadNames(catalog.name, name).secret === secret);
  if (workload === undefined) {
    return `${what}, and no workload of catalog ${quoted(catalog.name)} has it; fix: declare the workload there and wire it, or correct the name in its manifest`;
  }
  const declared = catalog.workloads[workload]?.namespace ?? '';
  if (declared !== namespace) {
    return `${what}, catalog ${quoted(catalog.name)} has workload ${workload} in namespace ${declared} only; fix: move the pods there, or declare a workload of their own`;
  }
  if (key !== undefined && !(key in (catalog.workloads[workload]?.env ?? {}))) {
    return `${what}, and workload ${workload} does not declare it; fix: declare the variable in the catalog, or correct the key in the manifest`;
  }
  return `${what}; ${makerOf(workload, environment)}`;
}

/** Who makes the Secret of a workload, and what to do when it does not. */
function makerOf(workload: string, environment: Environment): string {
  const { catalog, delivery, name } = environment;
  const names = workloadNames(catalog.name, workload);
  const namespace = catalog.workloads[workload]?.namespace ?? '';
  if (usesExternalSecrets(environment)) {
    const { vault, storeKind } = environment.delivery;
    const keys = secretsOfWorkload(catalog, workload).map(({ path }) => `${vault.mount}/${path}`);
    return `ExternalSecret ${namespace}/${names.externalSecret} makes it, by ${storeKind} ${names.store}, from ${keys.join(', ')} in Vault; fix: nivesh-secrets verify --environment ${name} says what it waits for`;
  }
  if (delivery.type === 'sealedSecrets') {
    return `SealedSecret ${namespace}/${names.sealedSecret} makes it, by the Sealed Secrets controller; fix: nivesh-secrets seal --environment ${name}, then apply the manifests`;
  }
  return `environment ${name} delivers no Secrets to a cluster (${delivery.type}); fix: apply the manifests of another environment`;
}
