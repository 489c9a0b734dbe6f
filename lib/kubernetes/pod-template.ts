/** What a container, or a whole pod, may do on its node. */
export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly seccompProfile?: { readonly type: string };
  /** Of containers only. */
  readonly allowPrivilegeEscalation?: boolean;
  /** Of containers only. */
  readonly capabilities?: { readonly drop?: readonly string[] };
}

/** The parts of a container that say where its environment comes from, and what it may do. */
export interface ContainerManifest {
  readonly name: string;
  readonly securityContext?: SecurityContext;
  readonly env?: readonly EnvManifest[];
  readonly envFrom?: readonly EnvFromManifest[];
}

/** One variable. */
export interface EnvManifest {
  readonly name: string;
  readonly valueFrom?: { readonly secretKeyRef?: SecretReference & { readonly key: string } };
}

/** Variables of a whole object. */
export interface EnvFromManifest {
  readonly prefix?: string;
  readonly secretRef?: SecretReference;
  readonly configMapRef?: { readonly name: string };
}

/** A Secret by name, which may be missing if it is optional. */
export interface SecretReference {
  readonly name: string;
  readonly optional?: boolean;
}

/** The parts of a pod's specification that are read here. */
export interface PodManifest {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: SecurityContext;
  readonly containers?: readonly ContainerManifest[];
  readonly initContainers?: readonly ContainerManifest[];
  readonly volumes?: readonly {
    readonly secret?: { readonly secretName: string; readonly optional?: boolean };
    readonly projected?: { readonly sources?: readonly { readonly secret?: SecretReference }[] };
  }[];
}

/** Where each kind has the specification of its pods. */
const podPaths: ReadonlyMap<string, readonly string[]> = new Map([
  ['Pod', ['spec']],
  ['Job', ['spec', 'template', 'spec']],
  ['Deployment', ['spec', 'template', 'spec']],
  ['ReplicaSet', ['spec', 'template', 'spec']],
  ['StatefulSet', ['spec', 'template', 'spec']],
  ['DaemonSet', ['spec', 'template', 'spec']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
]);

/** JSON pointer to the specification of the pods that an object runs. */
export function podPointer(kind: string): string | undefined {
  const path = podPaths.get(kind);
  return path && `/${path.join('/')}`;
}

/** The specification of the pods that an object runs; nothing for other kinds and for objects without one. */
export function podOf(object: { readonly kind: string }): PodManifest | undefined {
  let node: unknown = object;
  for (const step of podPaths.get(object.kind) ?? ['']) {
    if (typeof node !== 'object' || node === null) {
      return undefined;
    }
    node = (node as Record<string, unknown>)[step];
  }
  return node as PodManifest | undefined;
}

/** Every container of a pod, those of the start-up included. */
export function containersOf(pod: PodManifest): ContainerManifest[] {
  return [...(pod.containers ?? []), ...(pod.initContainers ?? [])];
}
