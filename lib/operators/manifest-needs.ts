import type { KubernetesObject } from '../kubernetes/client';
import { containersOf, podOf } from '../kubernetes/pod-template';
import type { OperatorName } from './operator-name';

/** Something outside of the manifests that an object cannot work without. */
export type ExternalNeed =
  /** Its definition is installed by an operator, which must also run. */
  | { readonly type: 'operator'; readonly name: OperatorName }
  /** A namespace that is not among the manifests. */
  | { readonly type: 'namespace'; readonly name: string }
  /** The role that a store logs in with, with its policy and the auth method. */
  | { readonly type: 'vaultRole'; readonly name: string }
  /** The engine that values are read from. */
  | { readonly type: 'secretsEngine' };

/** What one object cannot work without. */
export interface Needs {
  /** Ids of other objects of the same set. */
  readonly objects: readonly string[];
  readonly external: readonly ExternalNeed[];
}

/**
 * `Kind/namespace/name`, or `Kind/name` without a namespace: the name of an object in a stack. It is contract: under
 * another name the object would be deleted and made again.
 */
export function manifestId({ kind, metadata }: KubernetesObject): string {
  return metadata.namespace === undefined
    ? `${kind}/${metadata.name}`
    : `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** A set of objects, by what they call each other. */
export class ManifestSet {
  readonly #objects: ReadonlyMap<string, KubernetesObject>;
  /** Ids of bindings, by the service account (`namespace/name`) that they give a right to, or a right over. */
  readonly #grants = new Map<string, string[]>();
  /** Ids of what makes a Secret (`namespace/name`). */
  readonly #secrets = new Map<string, string[]>();

  constructor(objects: readonly KubernetesObject[]) {
    this.#objects = new Map(objects.map((object) => [manifestId(object), object]));
    for (const [id, object] of this.#objects) {
      this.accountsOf(object).forEach((account) => {
        push(this.#grants, account, id);
      });
      const secret = secretOf(object);
      if (secret !== undefined) {
        push(this.#secrets, secret, id);
      }
    }
  }

  /** Needs of one object of the set, each once. */
  needsOf(object: KubernetesObject): Needs {
    const id = manifestId(object);
    const found = [...this.objectsFor(object), ...this.namespaceOf(object)].filter(
      (need) => need !== id && this.#objects.has(need),
    );
    return { objects: [...new Set(found)], external: this.externalFor(object) };
  }

  private namespaceOf({ metadata }: KubernetesObject): string[] {
    return metadata.namespace === undefined ? [] : [`Namespace/${metadata.namespace}`];
  }

  private externalFor(object: KubernetesObject): ExternalNeed[] {
    const { namespace } = object.metadata;
    return [
      ...(namespace === undefined || this.#objects.has(`Namespace/${namespace}`)
        ? []
        : [{ type: 'namespace', name: namespace } as const]),
      ...operatorOf(object),
      ...(object.kind === 'ExternalSecret' ? [{ type: 'secretsEngine' } as const] : []),
      ...vaultRoleOf(object),
    ];
  }

  private objectsFor(object: KubernetesObject): string[] {
    const home = object.metadata.namespace ?? '';
    switch (object.kind) {
      case 'RoleBinding':
      case 'ClusterRoleBinding':
        return [roleIdOf(object)];
      case 'ValidatingAdmissionPolicyBinding':
        return [
          `ValidatingAdmissionPolicy/${String((object.spec as { policyName?: string } | undefined)?.policyName)}`,
        ];
      case 'ClusterSecretStore':
      case 'SecretStore':
        return this.objectsForStore(object, home);
      case 'ExternalSecret':
        return storesOf(object, home);
      default:
        return this.objectsForPods(object, home);
    }
  }

  /** A store is Ready once the operator has logged in to Vault with its service account. */
  private objectsForStore(object: KubernetesObject, home: string): string[] {
    const { caProvider, auth } = vaultOf(object) ?? {};
    const ca = caProvider ? [`${caProvider.type}/${caProvider.namespace ?? home}/${caProvider.name}`] : [];
    const account = auth?.kubernetes?.serviceAccountRef;
    if (!account) {
      return ca;
    }
    const place = `${account.namespace ?? home}/${account.name}`;
    return [...ca, `ServiceAccount/${place}`, ...(this.#grants.get(place) ?? [])];
  }

  /** Pods wait in CreateContainerConfigError for a Secret that is not there yet, and the rollout waits with them. */
  private objectsForPods(object: KubernetesObject, home: string): string[] {
    const pod = podOf(object);
    if (!pod) {
      return [];
    }
    const containers = containersOf(pod);
    const sources = containers.flatMap(({ envFrom = [] }) => envFrom);
    const keys = containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef));
    const volumes = (pod.volumes ?? []).map(({ secret }) => secret && { name: secret.secretName });
    const secrets = [...sources.map(({ secretRef }) => secretRef), ...keys, ...volumes];
    return [
      ...secrets.flatMap((secret) => (secret ? (this.#secrets.get(`${home}/${secret.name}`) ?? []) : [])),
      ...sources.flatMap(({ configMapRef }) => (configMapRef ? [`ConfigMap/${home}/${configMapRef.name}`] : [])),
      ...(pod.serviceAccountName === undefined ? [] : [`ServiceAccount/${home}/${pod.serviceAccountName}`]),
    ];
  }

  /** Service accounts, as `namespace/name`, that a binding gives a right to, and those that its role is about. */
  private accountsOf(object: KubernetesObject): string[] {
    if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') {
      return [];
    }
    const home = object.metadata.namespace ?? '';
    const subjects = (object.subjects ?? []) as { kind: string; name: string; namespace?: string }[];
    const rules = (this.#objects.get(roleIdOf(object))?.rules ?? []) as {
      resources?: string[];
      resourceNames?: string[];
    }[];
    return [
      ...subjects
        .filter(({ kind }) => kind === 'ServiceAccount')
        .map(({ name, namespace }) => `${namespace ?? home}/${name}`),
      ...rules
        .filter(({ resources }) => resources?.includes('serviceaccounts/token'))
        .flatMap(({ resourceNames = [] }) => resourceNames.map((name) => `${home}/${name}`)),
    ];
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key) ?? [];
  values.push(value);
  map.set(key, values);
}

function operatorOf({ apiVersion }: KubernetesObject): ExternalNeed[] {
  const group = apiVersion.split('/')[0];
  if (group === 'external-secrets.io') {
    return [{ type: 'operator', name: 'external-secrets' }];
  }
  return group === 'bitnami.com' ? [{ type: 'operator', name: 'sealed-secrets' }] : [];
}

function vaultRoleOf(object: KubernetesObject): ExternalNeed[] {
  const role = vaultOf(object)?.auth?.kubernetes?.role;
  return role === undefined ? [] : [{ type: 'vaultRole', name: role }];
}

function roleIdOf(binding: KubernetesObject): string {
  const { kind, name } = binding.roleRef as { kind: string; name: string };
  return kind === 'Role' ? `Role/${binding.metadata.namespace ?? ''}/${name}` : `ClusterRole/${name}`;
}

function storesOf(object: KubernetesObject, home: string): string[] {
  const { secretStoreRef } = object.spec as { secretStoreRef?: { kind?: string; name: string } };
  const { kind = 'SecretStore', name = '' } = secretStoreRef ?? {};
  return [kind === 'SecretStore' ? `${kind}/${home}/${name}` : `${kind}/${name}`];
}

/** `namespace/name` of the Secret that an object makes. */
function secretOf({ kind, metadata, spec }: KubernetesObject): string | undefined {
  const namespace = metadata.namespace ?? '';
  switch (kind) {
    case 'ExternalSecret':
      return `${namespace}/${(spec as { target?: { name?: string } }).target?.name ?? metadata.name}`;
    case 'SealedSecret':
    case 'Secret':
      return `${namespace}/${metadata.name}`;
    default:
      return undefined;
  }
}

interface VaultProvider {
  readonly caProvider?: { readonly type: string; readonly name: string; readonly namespace?: string };
  readonly auth?: {
    readonly kubernetes?: {
      readonly role: string;
      readonly serviceAccountRef?: { readonly name: string; readonly namespace?: string };
    };
  };
}

/** How a store reaches Vault; nothing for other kinds. */
function vaultOf({ kind, spec }: KubernetesObject): VaultProvider | undefined {
  return kind === 'ClusterSecretStore' || kind === 'SecretStore'
    ? (spec as { provider?: { vault?: VaultProvider } }).provider?.vault
    : undefined;
}
