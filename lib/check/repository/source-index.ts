import type { LocatedObject } from './model';
import { referencesOf, type SourceReference } from './references';
import { type MadeSource, sourcesOf } from './sources';

/** What objects name and what they make, read once for all rules. */
export interface SourceIndex {
  readonly references: readonly (SourceReference & { readonly from: LocatedObject })[];
  readonly made: readonly MadeSource[];
  /** What is made under a name, in any namespace, where an object is. */
  readonly named: (kind: MadeSource['kind'], name: string, near: LocatedObject) => readonly MadeSource[];
}

const indexes = new WeakMap<readonly LocatedObject[], SourceIndex>();

/** The index of a list of objects; the same for the same list. */
export function indexOf(objects: readonly LocatedObject[]): SourceIndex {
  const known = indexes.get(objects);
  if (known) {
    return known;
  }
  const made = objects.flatMap(sourcesOf);
  const byName = groupBy(made, ({ kind, name }) => `${kind} ${name}`);
  const index: SourceIndex = {
    references: objects.flatMap((from) => referencesOf(from).map((reference) => ({ ...reference, from }))),
    made,
    named: (kind, name, near) => (byName.get(`${kind} ${name}`) ?? []).filter(({ maker }) => meet(maker, near)),
  };
  indexes.set(objects, index);
  return index;
}

/** Elements by a key, in their order. */
export function groupBy<T>(elements: readonly T[], keyOf: (element: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const element of elements) {
    const key = keyOf(element);
    const group = groups.get(key);
    if (group) {
      group.push(element);
    } else {
      groups.set(key, [element]);
    }
  }
  return groups;
}

/** Whether two objects can be in one cluster. */
export function meet(one: LocatedObject, other: LocatedObject): boolean {
  return one.environment === undefined || other.environment === undefined || one.environment === other.environment;
}

/** The namespace of the object that a reference means. */
export function namespaceOf({ namespace, from }: SourceIndex['references'][number]): string | undefined {
  return namespace ?? from.manifest.metadata.namespace;
}

/** `Deployment shop/backend`. */
export function describeObject({ manifest: { kind, metadata } }: LocatedObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
