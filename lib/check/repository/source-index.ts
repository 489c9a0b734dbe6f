import { groupBy } from '../../catalog/group-by';
import type { LocatedObject } from './model';
import { referencesOf, type SourceReference } from './references';
import { type MadeSource, sourcesOf } from './sources';

/** A reference and the object that it is in. */
export interface LocatedReference extends SourceReference {
  readonly from: LocatedObject;
}

/** What objects name and what they make, read once for all rules. */
export interface SourceIndex {
  readonly references: readonly LocatedReference[];
  readonly made: readonly MadeSource[];
  /** What is made under a name, in any namespace, where an object is. */
  readonly named: (kind: MadeSource['kind'], name: string, near: LocatedObject) => readonly MadeSource[];
  /** What a reference means: of that name, where namespaces can be the same. */
  readonly meant: (reference: LocatedReference) => readonly MadeSource[];
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
  const named: SourceIndex['named'] = (kind, name, near) =>
    (byName.get(`${kind} ${name}`) ?? []).filter(({ maker }) => meet(maker, near));
  const index: SourceIndex = {
    references: objects.flatMap((from) => referencesOf(from).map((reference) => ({ ...reference, from }))),
    made,
    named,
    meant: (reference) =>
      named(reference.kind, reference.name, reference.from).filter(({ namespace }) =>
        sameNamespace(namespace, namespaceOf(reference)),
      ),
  };
  indexes.set(objects, index);
  return index;
}

/** Whether two objects can be in one cluster. */
export function meet(one: LocatedObject, other: LocatedObject): boolean {
  return one.environment === undefined || other.environment === undefined || one.environment === other.environment;
}

/** Whether two namespaces can be the same: one that is not written depends on whoever applies the object. */
export function sameNamespace(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

/** The namespace of the object that a reference means. */
export function namespaceOf({ namespace, from }: LocatedReference): string | undefined {
  return namespace ?? from.manifest.metadata.namespace;
}

/** `Deployment shop/backend`. */
export function describeObject({ manifest: { kind, metadata } }: LocatedObject): string {
  return `${kind} ${placeName(metadata.name, metadata.namespace)}`;
}

/** `shop/backend`, or `backend` where the namespace is not known. */
export function placeName(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
