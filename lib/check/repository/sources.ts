import { externalKeys, keysOf, makesSecret, sealedKeys, secretKeys } from '../../kubernetes/made-secret';
import { listOf, mapOf } from '../../plain-data';
import { partOf, textOf } from './data';
import type { LocatedObject, ObjectPath } from './model';
import { isCertificateIngress } from './references';

/** A Secret or ConfigMap that will be in the cluster. */
export interface MadeSource {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** @default - not known, or any: it fits every namespace */
  readonly namespace?: string;
  /** @default - not known before it is made */
  readonly keys?: readonly string[];
  /** The object that makes it. */
  readonly maker: LocatedObject;
  /** Where in the maker its name stands. */
  readonly path: ObjectPath;
}

/** No name of a namespace. */
const anyNamespace = '*';

type Made = Omit<MadeSource, 'maker'>;

/** The Secrets and ConfigMaps that an object makes, or stands for. */
export function sourcesOf(object: LocatedObject): MadeSource[] {
  return madeBy(object).map(({ namespace = object.manifest.metadata.namespace, ...made }) => ({
    ...made,
    ...(namespace !== undefined && namespace !== anyNamespace && !isReflected(object) ? { namespace } : {}),
    maker: object,
  }));
}

/** Copied into other namespaces (https://github.com/emberstack/kubernetes-reflector). */
function isReflected({ manifest }: LocatedObject): boolean {
  return Object.keys(mapOf(manifest.metadata.annotations)).some((name) =>
    name.startsWith('reflector.v1.k8s.emberstack.com/'),
  );
}

function madeBy({ manifest }: LocatedObject): Made[] {
  const own = { name: manifest.metadata.name, path: ['metadata', 'name'] };
  switch (manifest.kind) {
    case 'Secret': {
      const keys = secretKeys(manifest);
      return [{ kind: 'Secret', ...own, ...(keys && { keys }) }];
    }
    case 'ConfigMap':
      return [{ kind: 'ConfigMap', ...own, keys: [...keysOf(manifest.data), ...keysOf(manifest.binaryData)] }];
    case 'SealedSecret':
      return [{ kind: 'Secret', ...own, keys: sealedKeys(manifest) }];
    case 'ExternalSecret':
      return externalSecret(manifest, ['spec'], own);
    case 'ClusterExternalSecret':
      return externalSecret(
        manifest,
        ['spec', 'externalSecretSpec'],
        nameAt(manifest, ['spec', 'externalSecretName'], own),
      ).map((made) => ({ ...made, namespace: anyNamespace }));
    case 'Kustomization':
      return generated(manifest);
    case 'SecretStore':
    case 'ClusterSecretStore':
      return trusted(manifest);
    case 'Certificate':
      return secretNamed(manifest, ['spec', 'secretName'], ['tls.crt', 'tls.key', 'ca.crt']);
    case 'Ingress':
      return isCertificateIngress(manifest)
        ? listOf(partOf(manifest, ['spec', 'tls'])).flatMap((_, index) =>
            secretNamed(manifest, ['spec', 'tls', index, 'secretName'], ['tls.crt', 'tls.key']),
          )
        : [];
    default:
      return madeByOthers(manifest);
  }
}

/** The certificate of a store's server comes with the server, which is hardly ever in the same repository. */
function trusted(manifest: unknown): Made[] {
  return Object.keys(mapOf(partOf(manifest, ['spec', 'provider']))).flatMap((provider) => {
    const path = ['spec', 'provider', provider, 'caProvider'];
    const { type, name } = mapOf(partOf(manifest, path));
    return (type === 'Secret' || type === 'ConfigMap') && textOf(name) !== undefined
      ? [{ kind: type, name: String(name), path: [...path, 'name'], namespace: anyNamespace }]
      : [];
  });
}

/** Operators that make Secrets: where their objects name them. */
const secretNames: Readonly<Record<string, ObjectPath>> = {
  // https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/api-reference
  VaultStaticSecret: ['spec', 'destination', 'name'],
  VaultDynamicSecret: ['spec', 'destination', 'name'],
  VaultPKISecret: ['spec', 'destination', 'name'],
  // https://github.com/1Password/onepassword-operator
  OnePasswordItem: ['metadata', 'name'],
  // https://infisical.com/docs/integrations/platforms/kubernetes
  InfisicalSecret: ['spec', 'managedSecretReference', 'secretName'],
  // https://strimzi.io/docs/operators/latest/configuring.html
  KafkaUser: ['metadata', 'name'],
};

function madeByOthers(manifest: LocatedObject['manifest']): Made[] {
  if (manifest.kind === 'SecretProviderClass') {
    return listOf(partOf(manifest, ['spec', 'secretObjects'])).flatMap((_, index) =>
      secretNamed(manifest, ['spec', 'secretObjects', index, 'secretName']),
    );
  }
  if (manifest.kind === 'Bundle' && manifest.apiVersion.startsWith('trust.cert-manager.io/')) {
    return [{ kind: 'ConfigMap', name: manifest.metadata.name, path: ['metadata', 'name'], namespace: anyNamespace }];
  }
  const path = Object.hasOwn(secretNames, manifest.kind) ? secretNames[manifest.kind] : undefined;
  return path === undefined ? [] : secretNamed(manifest, path);
}

function secretNamed(manifest: unknown, path: ObjectPath, keys?: readonly string[]): Made[] {
  const name = textOf(partOf(manifest, path));
  return name === undefined ? [] : [{ kind: 'Secret', name, path, ...(keys && { keys }) }];
}

function nameAt(
  manifest: unknown,
  path: ObjectPath,
  otherwise: { readonly name: string; readonly path: ObjectPath },
): { readonly name: string; readonly path: ObjectPath } {
  const name = textOf(partOf(manifest, path));
  return name === undefined ? otherwise : { name, path };
}

function externalSecret(
  manifest: unknown,
  specPath: ObjectPath,
  own: { readonly name: string; readonly path: ObjectPath },
): Made[] {
  const spec = partOf(manifest, specPath);
  const keys = externalKeys(spec);
  return makesSecret(spec)
    ? [{ kind: 'Secret', ...nameAt(manifest, [...specPath, 'target', 'name'], own), ...(keys && { keys }) }]
    : [];
}

/** https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/secretgenerator/ */
function generated(manifest: LocatedObject['manifest']): Made[] {
  return (['Secret', 'ConfigMap'] as const).flatMap((kind) => {
    const list = kind === 'Secret' ? 'secretGenerator' : 'configMapGenerator';
    return listOf(manifest[list]).flatMap((entry, index): Made[] => {
      const generator = mapOf(entry);
      const name = textOf(generator.name);
      const namespace = textOf(generator.namespace) ?? textOf(manifest.namespace);
      const keys = generatorKeys(generator);
      return name === undefined
        ? []
        : [{ kind, name, path: [list, index, 'name'], ...(namespace && { namespace }), ...(keys && { keys }) }];
    });
  });
}

function generatorKeys({ literals, files, env, envs }: Readonly<Record<string, unknown>>): string[] | undefined {
  const texts = (list: unknown): string[] => listOf(list).flatMap((item) => textOf(item) ?? []);
  if (textOf(env) !== undefined || listOf(envs).length > 0) {
    return undefined;
  }
  const before = (text: string): string => text.split('=', 1)[0] ?? '';
  return [
    ...texts(literals).map(before),
    ...texts(files).map((file) => (file.includes('=') ? before(file) : (file.split('/').at(-1) ?? file))),
  ];
}
