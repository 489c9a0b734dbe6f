import { type Problem, quoted } from '../catalog';
import { groupBy } from '../catalog/group-by';
import { externalKeys, keysOf, makesSecret, sealedKeys, secretKeys } from './made-secret';
import { checkPodSecurity } from './pod-security';
import { type ContainerManifest, containersOf, type PodManifest, podOf, podPointer } from './pod-template';
import { reloadAnnotation } from './wiring';

/** A manifest, as data. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** A manifest and the path of the construct that makes it. */
export interface PlacedManifest {
  readonly path: string;
  readonly manifest: Manifest;
}

/** See {@link checkObjects}. */
export interface ObjectRuleOptions {
  /** Secrets, as `namespace/name`, that something outside the chart makes. @default - none */
  readonly secretsMadeElsewhere?: readonly string[];
}

/**
 * What a cluster accepts without a word and what then goes wrong at run time: the same object made twice, a Secret with
 * two owners, a Secret or a key that nothing makes, a variable that hides another one, pods that their namespace refuses.
 * One pass over the objects; the time is linear in their number.
 *
 * `nivesh-secrets check` has rules of the same kind, and they differ on purpose: in a repository, files are variants of
 * each other and whoever applies them may choose the namespace, so it compares what can meet and names lines; a chart is
 * one set of objects with one place for each, so these rules are exact and name constructs.
 */
export function checkObjects(objects: readonly PlacedManifest[], options: ObjectRuleOptions = {}): Problem[] {
  const secrets = madeSecrets(objects);
  const known: KnownSources = {
    secrets,
    configMaps: configMapKeys(objects),
    elsewhere: new Set(options.secretsMadeElsewhere),
  };
  return [
    ...checkDuplicates(objects),
    ...checkOwners(secrets),
    ...checkPodSecurity(objects),
    ...objects.flatMap((object) => checkPod(object, known)),
  ];
}

const sources: readonly string[] = ['Secret', 'SealedSecret', 'ExternalSecret', 'ConfigMap', 'Namespace'];

/** Whether the rules look at more of an object of this kind than its name. */
export function readsContent(kind: string): boolean {
  return sources.includes(kind) || podPointer(kind) !== undefined;
}

interface MadeSecret {
  readonly owners: readonly { readonly path: string; readonly kind: string; readonly name: string }[];
  /** Nothing, where they are not known before the Secret is made. */
  readonly keys: readonly string[] | undefined;
}

interface KnownSources {
  readonly secrets: ReadonlyMap<string, MadeSecret>;
  readonly configMaps: ReadonlyMap<string, readonly string[]>;
  readonly elsewhere: ReadonlySet<string>;
}

function placeOf(manifest: Manifest, name = manifest.metadata.name): string {
  return `${manifest.metadata.namespace ?? 'default'}/${name}`;
}

/** Groups of objects with the same kind, namespace and name. */
export function madeTwice<T extends { readonly manifest: Manifest }>(objects: readonly T[]): [T, ...T[]][] {
  return [...groupBy(objects, ({ manifest }) => nameOf(manifest)).values()].filter((group) => group.length > 1);
}

function nameOf({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function checkDuplicates(objects: readonly PlacedManifest[]): Problem[] {
  return madeTwice(objects).map((made) => ({
    path: made.map(({ path }) => path).join(', '),
    what: 'the same object is made more than once',
    got: `${nameOf(made[0].manifest)}, ${made.length} times`,
    allowed: 'one construct a kind, namespace and name',
    fix: 'remove or rename all but one',
  }));
}

function madeSecrets(objects: readonly PlacedManifest[]): Map<string, MadeSecret> {
  const secrets = new Map<string, MadeSecret>();
  for (const { path, manifest } of objects) {
    const made = secretMadeBy(manifest);
    if (made) {
      const place = placeOf(manifest, made.name);
      const owner = { path, kind: manifest.kind, name: manifest.metadata.name };
      secrets.set(place, { owners: [...(secrets.get(place)?.owners ?? []), owner], keys: made.keys });
    }
  }
  return secrets;
}

/** Name and keys of the Secret that an object stands for. */
function secretMadeBy(manifest: Manifest): { name: string; keys: string[] | undefined } | undefined {
  const { name } = manifest.metadata;
  switch (manifest.kind) {
    case 'Secret':
      return { name, keys: secretKeys(manifest) };
    case 'SealedSecret':
      return { name, keys: sealedKeys(manifest) };
    case 'ExternalSecret': {
      const spec = manifest.spec as { target?: { name?: string } } | undefined;
      return makesSecret(spec) ? { name: spec?.target?.name ?? name, keys: externalKeys(spec) } : undefined;
    }
    default:
      return undefined;
  }
}

function configMapKeys(objects: readonly PlacedManifest[]): Map<string, readonly string[]> {
  return new Map(
    objects
      .filter(({ manifest }) => manifest.kind === 'ConfigMap')
      .map(({ manifest }) => [placeOf(manifest), keysOf(manifest.data)]),
  );
}

/** Two makers write over each other in turn, and pods get the values of the last one. */
function checkOwners(secrets: ReadonlyMap<string, MadeSecret>): Problem[] {
  return [...secrets]
    .filter(([, { owners }]) => new Set(owners.map(({ kind, name }) => `${kind} ${name}`)).size > 1)
    .map(([place, { owners }]) => ({
      path: owners.map(({ path }) => path).join(', '),
      what: 'a Secret has more than one owner',
      got: `Secret ${place} of ${owners.map(({ kind, name }) => `${kind} ${name}`).join(' and ')}`,
      allowed: 'one ExternalSecret, SealedSecret or Secret for each Secret',
      fix: 'remove or rename all but one',
    }));
}

function checkPod({ path, manifest }: PlacedManifest, known: KnownSources): Problem[] {
  const pod = podOf(manifest);
  if (!pod) {
    return [];
  }
  return [
    ...namedSecrets(manifest, pod).flatMap(({ name, key }) => checkReference(path, manifest, name, key, known)),
    ...containersOf(pod).flatMap((container) => checkVariables(path, manifest, container, known)),
  ];
}

interface NamedSecret {
  readonly name: string;
  readonly key?: string;
}

/** Secrets that pods cannot start without. Those for pulling images are not values of the workload. */
function namedSecrets(manifest: Manifest, pod: PodManifest): NamedSecret[] {
  const references = [
    ...containersOf(pod).flatMap(({ env, envFrom }) => [
      ...(env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef),
      ...(envFrom ?? []).map(({ secretRef }) => secretRef),
    ]),
    ...(pod.volumes ?? []).flatMap(({ secret, projected }) => [
      secret && { ...secret, name: secret.secretName },
      ...(projected?.sources ?? []).map((source) => source.secret),
    ]),
    ...(manifest.metadata.annotations?.[reloadAnnotation] ?? '')
      .split(',')
      .map((name) => ({ name, optional: name === '' })),
  ];
  const required = references.filter((reference) => reference !== undefined && reference.optional !== true);
  return [...new Map((required as NamedSecret[]).map((named) => [`${named.name}/${named.key ?? ''}`, named])).values()];
}

function checkReference(
  path: string,
  manifest: Manifest,
  name: string,
  key: string | undefined,
  { secrets, elsewhere }: KnownSources,
): Problem[] {
  const place = placeOf(manifest, name);
  const made = secrets.get(place);
  if (!made) {
    return elsewhere.has(place)
      ? []
      : [
          {
            path,
            what: 'the workload needs a Secret that nothing here makes, so its pods would wait for it forever',
            got: `Secret ${place}`,
            allowed: 'Secrets that the catalog delivers, and those listed as made elsewhere',
            fix: 'declare the workload in the catalog and wire it, or list the Secret in secretsMadeElsewhere',
          },
        ];
  }
  if (key === undefined || made.keys === undefined || made.keys.includes(key)) {
    return [];
  }
  return [
    {
      path,
      what: 'the workload needs a key that the Secret will not have',
      got: `${quoted(key)} of Secret ${place}`,
      allowed: made.keys.map(quoted).join(', '),
      fix: 'correct the key, or declare it as a variable in the catalog',
    },
  ];
}

/** Kubernetes lets a container's own variable win over a loaded one, and a later source over an earlier one, silently. */
function checkVariables(
  path: string,
  manifest: Manifest,
  container: ContainerManifest,
  { secrets, configMaps }: KnownSources,
): Problem[] {
  const own = new Set((container.env ?? []).map(({ name }) => name));
  const origins = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const name = secretRef?.name ?? configMapRef?.name ?? '';
    const keys = secretRef ? secrets.get(placeOf(manifest, name))?.keys : configMaps.get(placeOf(manifest, name));
    const origin = `${secretRef ? 'Secret' : 'ConfigMap'} ${name}`;
    for (const variable of (keys ?? []).map((key) => `${prefix}${key}`)) {
      const other = own.has(variable) ? 'the container itself' : origins.get(variable);
      if (other !== undefined) {
        problems.push({
          path,
          what: `container ${quoted(container.name)} gets the same variable from two places, and one hides the other`,
          got: `${variable} from ${origin} and from ${other}`,
          allowed: 'one origin a variable',
          fix: `remove ${variable} from one of them`,
        });
      }
      origins.set(variable, origin);
    }
  }
  return problems;
}
