import { ApiObject, Include, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { DeclarationError, type Problem, quoted, throwProblems } from '../catalog';
import { type ContainerManifest, containersOf, type PodManifest, podOf, podPointer } from './pod-template';
import type { WorkloadSecret } from './workload-secret';

/** What can load a Secret: a cdk8s-plus workload, a plain object, or an included manifest that has the workload. */
export type WiringTarget = kplus.Deployment | kplus.StatefulSet | kplus.CronJob | ApiObject | Include;

/** See {@link WorkloadSecret.wire}. */
export interface WiringOptions {
  /** Containers, those of the start-up included, that load the Secret. @default - the only container */
  readonly containers?: readonly string[];
}

/** Names the Secrets whose change restarts a workload (https://github.com/stakater/Reloader). */
export const reloadAnnotation = 'secret.reloader.stakater.com/reload';

/** See {@link WorkloadSecret.wire}. Everything is checked before anything is changed. */
export function wireSecret(secret: WorkloadSecret, target: WiringTarget, options: WiringOptions): void {
  const object = findObject(secret, target);
  const subject = `wiring of ${quoted(object.node.path)}`;
  throwProblems(subject, checkObject(secret, object));
  const plus = plusWorkload(object);
  const pod = readPod(object, plus);
  const chosen = options.containers ?? (pod.containers ?? []).map(({ name }) => name);
  throwProblems(subject, [...checkContainers(object, pod, options), ...checkAccount(secret, object, pod)]);

  if (plus) {
    loadIntoPlus(secret, plus, pod, chosen);
  } else {
    loadIntoObject(secret, object, pod, chosen);
  }
  runAsWorkload(secret, object, pod);
  restartOnChange(secret, object);
}

function findObject(secret: WorkloadSecret, target: WiringTarget): ApiObject {
  if (!(target instanceof Include)) {
    return ApiObject.of(target);
  }
  const { name, kind } = secret.workload;
  const found = target.apiObjects.find((object) => object.kind === kind && object.name === name);
  if (!found) {
    const workloads = target.apiObjects.filter((object) => podPointer(object.kind) !== undefined);
    throw new DeclarationError(`wiring of ${quoted(target.node.path)}`, [
      {
        path: target.node.path,
        what: 'the included manifest does not have the workload',
        got: workloads.map((object) => `${object.kind} ${object.name}`).join(', ') || 'no workload',
        allowed: `${kind} ${name}`,
        fix: "include the workload's manifest, or correct its name or kind in the catalog",
      },
    ]);
  }
  return found;
}

function plusWorkload(object: ApiObject): kplus.Workload | undefined {
  const { scope } = object.node;
  return scope instanceof kplus.Workload ? scope : undefined;
}

/** The Secret belongs to one workload of the catalog; another one would run with variables that it may not have. */
function checkObject(secret: WorkloadSecret, object: ApiObject): Problem[] {
  const { name, kind, namespace } = secret.workload;
  const checks: [string, string | undefined, string][] = [
    ['kind', object.kind, kind],
    ['name', object.name, name],
    ['namespace', object.metadata.namespace, namespace],
  ];
  return checks
    .filter(([, got, declared]) => got !== declared)
    .map(([what, got, declared]) => ({
      path: object.node.path,
      what: `the ${what} is not that of workload ${quoted(name)} in the catalog`,
      got: got === undefined ? `no ${what}` : quoted(got),
      allowed: quoted(declared),
      fix: `give the object this ${what}, or wire the Secret of another workload`,
    }));
}

function readPod(object: ApiObject, plus: kplus.Workload | undefined): PodManifest {
  // cdk8s-plus cannot write a workload without containers.
  return plus?.containers.length === 0 ? {} : (podOf(object.toJson() as ApiObject) ?? {});
}

function checkContainers(object: ApiObject, pod: PodManifest, { containers }: WiringOptions): Problem[] {
  const path = object.node.path;
  const has = containersOf(pod).map(({ name }) => name);
  const allowed = has.map(quoted).join(', ');
  if (has.length === 0) {
    return [
      {
        path,
        what: 'the workload has no container yet',
        got: 'no container',
        allowed: 'one container or more',
        fix: 'add its containers before the wiring',
      },
    ];
  }
  if (containers === undefined) {
    return pod.containers?.length === 1
      ? []
      : [
          {
            path,
            what: 'the workload has several containers, and it is not said which of them load the Secret',
            got: allowed,
            allowed: 'names of the containers that need it',
            fix: `wire it with { containers: [${quoted(has[0])}] }`,
          },
        ];
  }
  const unknown = containers.filter((name) => !has.includes(name));
  return [
    ...unknown.map((name) => ({
      path,
      what: 'the workload has no such container',
      got: quoted(name),
      allowed,
      fix: 'correct the name',
    })),
    ...(containers.length > 0
      ? []
      : [{ path, what: 'no container loads the Secret', got: 'an empty list', allowed, fix: 'name a container' }]),
  ];
}

function checkAccount(secret: WorkloadSecret, object: ApiObject, pod: PodManifest): Problem[] {
  const path = object.node.path;
  const { serviceAccount } = secret.workload.names;
  const problems: Problem[] = [];
  if (pod.serviceAccountName !== undefined && pod.serviceAccountName !== serviceAccount) {
    problems.push({
      path,
      what: 'the pods run under another service account',
      got: quoted(pod.serviceAccountName),
      allowed: `${quoted(serviceAccount)}, the identity that is made for the workload, or none`,
      fix: `leave it out, and bind the roles that the pods need to ${quoted(serviceAccount)}`,
    });
  }
  if (pod.automountServiceAccountToken === true) {
    problems.push({
      path,
      what: 'the pods get a token of the service account, with which they could read Vault by themselves',
      got: 'automountServiceAccountToken: true',
      allowed: 'false, or not set',
      fix: 'leave it out; a pod that calls the API server takes a projected token with its audience alone',
    });
  }
  return problems;
}

function loadIntoPlus(
  secret: WorkloadSecret,
  workload: kplus.Workload,
  pod: PodManifest,
  chosen: readonly string[],
): void {
  const loading = new Set(
    containersOf(pod)
      .filter((container) => loads(container, secret))
      .map(({ name }) => name),
  );
  for (const { name, env } of [...workload.containers, ...workload.initContainers]) {
    if (chosen.includes(name) && !loading.has(name)) {
      env.copyFrom(kplus.Env.fromSecret(secret.reference));
    }
  }
}

function loadIntoObject(secret: WorkloadSecret, object: ApiObject, pod: PodManifest, chosen: readonly string[]): void {
  const pointer = podPointer(object.kind) ?? '';
  const source = { secretRef: { name: secret.name } };
  for (const list of ['containers', 'initContainers'] as const) {
    pod[list]?.forEach((container, index) => {
      if (chosen.includes(container.name) && !loads(container, secret)) {
        const at = `${pointer}/${list}/${index}/envFrom`;
        object.addJsonPatch(container.envFrom ? JsonPatch.add(`${at}/-`, source) : JsonPatch.add(at, [source]));
      }
    });
  }
}

function loads(container: ContainerManifest, secret: WorkloadSecret): boolean {
  return container.envFrom?.some(({ secretRef }) => secretRef?.name === secret.name) ?? false;
}

function runAsWorkload(secret: WorkloadSecret, object: ApiObject, pod: PodManifest): void {
  const pointer = podPointer(object.kind) ?? '';
  const { serviceAccount } = secret.workload.names;
  if (pod.serviceAccountName !== serviceAccount) {
    object.addJsonPatch(JsonPatch.add(`${pointer}/serviceAccountName`, serviceAccount));
  }
  if (pod.automountServiceAccountToken !== false) {
    object.addJsonPatch(JsonPatch.add(`${pointer}/automountServiceAccountToken`, false));
  }
}

/**
 * Every run of a CronJob starts new pods, which read the Secret as it is then; for a CronJob, Reloader would start an
 * extra run at once.
 */
function restartOnChange(secret: WorkloadSecret, object: ApiObject): void {
  if (object.kind === 'CronJob') {
    return;
  }
  const { annotations = {} } = object.metadata.toJson() as { annotations?: Record<string, string> };
  const named = (annotations[reloadAnnotation] ?? '').split(',').filter((name) => name !== '');
  object.metadata.addAnnotation(reloadAnnotation, [...new Set([...named, secret.name])].join(','));
}
