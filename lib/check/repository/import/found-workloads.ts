import { nearestName } from '../../../catalog/nearest';
import { isSecretName } from '../../../values/secret-name';
import { listOf, mapOf } from '../../../plain-data';
import { partOf, textOf } from '../data';
import type { LocatedObject } from '../model';
import { containersOf, podPath } from '../references';
import { indexOf } from '../source-index';
import type { MadeSource } from '../sources';
import { isExternal, type Origin, originsOf, wholeExtract } from './origin';

/** A variable of a workload that holds a secret. */
export interface FoundVariable {
  readonly name: string;
  readonly origin: Origin;
  /** Kubernetes Secret and key that it had until now; nothing for a value that stood in the manifest. */
  readonly source?: { readonly secret: string; readonly key: string };
}

/** A workload that reads secrets. */
export interface FoundWorkload {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly kind: string;
  readonly variables: readonly FoundVariable[];
  /** What a person has to look at. */
  readonly notes: readonly string[];
}

/** Finds what the workloads of one environment read from Secrets, and where these have it from. */
export function findWorkloads(objects: readonly LocatedObject[]): FoundWorkload[] {
  const mountOf = storeMounts(objects);
  return objects.flatMap((object) => {
    if (podPath(object) === undefined) {
      return [];
    }
    const reading = new Reading(objects, object, mountOf);
    for (const { container } of containersOf(object)) {
      reading.readContainer(container);
    }
    reading.noteVolumes();
    const { kind, metadata } = object.manifest;
    const { variables, notes } = reading;
    return variables.size === 0 && notes.length === 0
      ? []
      : [{ name: metadata.name, namespace: metadata.namespace, kind, variables: [...variables.values()], notes }];
  });
}

/** The mount of the store that an ExternalSecret names (https://external-secrets.io/latest/provider/hashicorp-vault/). */
function storeMounts(objects: readonly LocatedObject[]): (spec: unknown) => string {
  const mounts = new Map(
    objects
      .filter(({ manifest }) => /^(?:Cluster)?SecretStore$/.test(manifest.kind))
      .map(({ manifest }) => [manifest.metadata.name, textOf(partOf(manifest, ['spec', 'provider', 'vault', 'path']))]),
  );
  return (spec) => mounts.get(textOf(partOf(spec, ['secretStoreRef', 'name'])) ?? '') ?? 'secret';
}

class Reading {
  readonly variables = new Map<string, FoundVariable>();
  readonly notes: string[] = [];

  constructor(
    private readonly objects: readonly LocatedObject[],
    private readonly object: LocatedObject,
    private readonly mountOf: (spec: unknown) => string,
  ) {}

  readContainer(container: Readonly<Record<string, unknown>>): void {
    for (const source of listOf(container.envFrom)) {
      const secret = textOf(partOf(source, ['secretRef', 'name']));
      if (secret !== undefined) {
        this.readAll(secret, textOf(mapOf(source).prefix) ?? '');
      }
    }
    for (const entry of listOf(container.env).map(mapOf)) {
      const name = textOf(entry.name);
      const reference = mapOf(partOf(entry, ['valueFrom', 'secretKeyRef']));
      const [secret, key] = [textOf(reference.name), textOf(reference.key)];
      if (name !== undefined && secret !== undefined && key !== undefined) {
        this.add({ name, origin: this.originOf(secret, key), source: { secret, key } });
      } else if (name !== undefined && textOf(entry.value) !== undefined && isSecretName(name)) {
        this.add({ name, origin: { type: 'undecided' } });
      }
    }
  }

  /** Secrets as files and for pulling images stay as they are. */
  noteVolumes(): void {
    const pod = partOf(this.object.manifest, podPath(this.object) ?? []);
    for (const volume of listOf(mapOf(pod).volumes)) {
      const name = textOf(partOf(volume, ['secret', 'secretName']));
      if (name !== undefined) {
        this.notes.push(`mounts the Secret ${name} as files, which stays as it is: a catalog delivers variables`);
      }
    }
  }

  private readAll(secret: string, prefix: string): void {
    const made = this.madeAs(secret);
    const keys = made?.keys;
    if (keys === undefined) {
      this.notes.push(`loads every key of the Secret ${secret}, and nothing here says which there are: add them`);
      return;
    }
    for (const key of keys) {
      this.add({ name: `${prefix}${key}`, origin: this.originOf(secret, key), source: { secret, key } });
    }
  }

  private originOf(secret: string, wanted: string): Origin {
    const made = this.madeAs(secret);
    if (made === undefined || !isExternal(made)) {
      return { type: 'undecided' };
    }
    const origins = originsOf(made.maker, this.mountOf);
    const path = wholeExtract(made.maker, this.mountOf);
    if (path !== undefined && !origins.has(wanted)) {
      return { type: 'field', field: { path, property: wanted } };
    }
    const key = origins.has(wanted) ? wanted : nearestName(wanted, [...origins.keys()]);
    if (key !== undefined && key !== wanted) {
      this.note(`wants the key ${wanted} of the Secret ${secret}, which has none: ${key} was taken`);
    }
    return origins.get(key ?? '') ?? { type: 'undecided' };
  }

  /** What makes a Secret, or, where nothing does, the one whose name was probably meant. */
  private madeAs(secret: string): MadeSource | undefined {
    const index = indexOf(this.objects);
    const made = index.named('Secret', secret, this.object);
    if (made.length > 0) {
      return made.find(isExternal) ?? made[0];
    }
    const name = nearestName(
      secret,
      index.made.flatMap((one) => (one.kind === 'Secret' ? [one.name] : [])),
    );
    if (name === undefined) {
      return undefined;
    }
    this.note(`names the Secret ${secret}, which nothing makes: ${name} was taken`);
    const meant = index.named('Secret', name, this.object);
    return meant.find(isExternal) ?? meant[0];
  }

  private note(text: string): void {
    if (!this.notes.includes(text)) {
      this.notes.push(text);
    }
  }

  private add(variable: FoundVariable): void {
    this.variables.set(variable.name, variable);
  }
}
