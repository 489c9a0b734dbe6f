import { podPointer } from '../../kubernetes/pod-template';
import { listOf, mapOf } from '../../plain-data';
import { partOf, textOf } from './data';
import type { LocatedObject, ObjectPath } from './model';

/** A Secret or ConfigMap that an object names. */
export interface SourceReference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** @default - all of its keys */
  readonly key?: string;
  /** Whether pods start without it. */
  readonly optional: boolean;
  /** Where it is named. */
  readonly path: ObjectPath;
  /** How it is used, for messages. */
  readonly use: 'variable' | 'variables' | 'volume' | 'image pull' | 'TLS' | 'service account' | 'push' | 'store';
  /** Namespace that it names. @default - that of the object */
  readonly namespace?: string;
}

/** A container of a workload and where it is. */
export interface LocatedContainer {
  readonly container: Readonly<Record<string, unknown>>;
  readonly path: ObjectPath;
  readonly name: string;
}

/** Where the specification of a workload's pods is; nothing for other kinds. */
export function podPath({ manifest }: LocatedObject): ObjectPath | undefined {
  return podPointer(manifest.kind)?.slice(1).split('/');
}

/** The containers of a workload, those of the start-up included. */
export function containersOf(object: LocatedObject): LocatedContainer[] {
  const pod = podPath(object);
  return pod === undefined
    ? []
    : ['containers', 'initContainers'].flatMap((list) =>
        listOf(partOf(object.manifest, [...pod, list])).map((container, index) => ({
          container: mapOf(container),
          path: [...pod, list, index],
          name: textOf(mapOf(container).name) ?? `${list}[${index}]`,
        })),
      );
}

/** Every Secret and ConfigMap that an object names. */
export function referencesOf(object: LocatedObject): SourceReference[] {
  const { manifest } = object;
  switch (manifest.kind) {
    case 'ServiceAccount':
      return [
        ...named(manifest, ['imagePullSecrets'], 'name', 'image pull'),
        ...named(manifest, ['secrets'], 'name', 'service account'),
      ];
    case 'Ingress':
      return isCertificateIngress(manifest) ? [] : named(manifest, ['spec', 'tls'], 'secretName', 'TLS');
    case 'PushSecret':
      return at(manifest, ['spec', 'selector', 'secret'], 'name', 'Secret', 'push');
    default:
      return podReferences(object);
  }
}

/** cert-manager makes the Secrets of such an Ingress (https://cert-manager.io/docs/usage/ingress/). */
export function isCertificateIngress(manifest: unknown): boolean {
  return Object.keys(mapOf(partOf(manifest, ['metadata', 'annotations']))).some(
    (name) => name.startsWith('cert-manager.io/') || name === 'kubernetes.io/tls-acme',
  );
}

function podReferences(object: LocatedObject): SourceReference[] {
  const pod = podPath(object);
  return pod === undefined
    ? []
    : [
        ...containersOf(object).flatMap((container) => variableReferences(object.manifest, container.path)),
        ...volumeReferences(object.manifest, [...pod, 'volumes']),
        ...named(object.manifest, [...pod, 'imagePullSecrets'], 'name', 'image pull'),
      ];
}

function variableReferences(manifest: unknown, container: ObjectPath): SourceReference[] {
  const each = (list: string): ObjectPath[] =>
    listOf(partOf(manifest, [...container, list])).map((_, index) => [...container, list, index]);
  return [
    ...each('envFrom').flatMap((path) => [
      ...at(manifest, [...path, 'secretRef'], 'name', 'Secret', 'variables'),
      ...at(manifest, [...path, 'configMapRef'], 'name', 'ConfigMap', 'variables'),
    ]),
    ...each('env').flatMap((path) => [
      ...withKey(manifest, at(manifest, [...path, 'valueFrom', 'secretKeyRef'], 'name', 'Secret', 'variable')),
      ...withKey(manifest, at(manifest, [...path, 'valueFrom', 'configMapKeyRef'], 'name', 'ConfigMap', 'variable')),
    ]),
  ];
}

function withKey(manifest: unknown, references: readonly SourceReference[]): SourceReference[] {
  return references.map((reference) => {
    const key = textOf(mapOf(partOf(manifest, reference.path.slice(0, -1))).key);
    return key === undefined ? reference : { ...reference, key };
  });
}

function volumeReferences(manifest: unknown, volumes: ObjectPath): SourceReference[] {
  return listOf(partOf(manifest, volumes)).flatMap((volume, index) => {
    const path = [...volumes, index];
    const sources = listOf(partOf(volume, ['projected', 'sources'])).map((_, source) => [
      ...path,
      'projected',
      'sources',
      source,
    ]);
    return [
      ...at(manifest, [...path, 'secret'], 'secretName', 'Secret', 'volume'),
      ...at(manifest, [...path, 'configMap'], 'name', 'ConfigMap', 'volume'),
      ...sources.flatMap((source) => [
        ...at(manifest, [...source, 'secret'], 'name', 'Secret', 'volume'),
        ...at(manifest, [...source, 'configMap'], 'name', 'ConfigMap', 'volume'),
      ]),
    ].flatMap((reference) => [reference, ...itemReferences(manifest, reference)]);
  });
}

/** The keys of a volume that mounts some only. */
function itemReferences(manifest: unknown, reference: SourceReference): SourceReference[] {
  const items = [...reference.path.slice(0, -1), 'items'];
  return listOf(partOf(manifest, items)).flatMap((item, index) => {
    const key = textOf(mapOf(item).key);
    return key === undefined ? [] : [{ ...reference, key, path: [...items, index, 'key'] }];
  });
}

function named(manifest: unknown, list: ObjectPath, field: string, use: SourceReference['use']): SourceReference[] {
  return listOf(partOf(manifest, list)).flatMap((_, index) => at(manifest, [...list, index], field, 'Secret', use));
}

function at(
  manifest: unknown,
  path: ObjectPath,
  field: string,
  kind: SourceReference['kind'],
  use: SourceReference['use'],
): SourceReference[] {
  const reference = mapOf(partOf(manifest, path));
  const name = textOf(reference[field]);
  return name === undefined ? [] : [{ kind, name, optional: reference.optional === true, path: [...path, field], use }];
}
