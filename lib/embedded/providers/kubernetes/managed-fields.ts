import type { KubernetesObject } from '../../../kubernetes/client';

/** Fields by owner, in the form of `fieldsV1`: `f:<field>`, `k:<key of a list's entry>`, `v:<value of a list>`. */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

/** Who owns which fields (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1?: FieldSet;
  readonly subresource?: string;
  readonly time?: string;
}

/** The owners of an object's fields. */
export function managedFields(object: KubernetesObject): readonly ManagedFieldsEntry[] {
  return (object.metadata.managedFields ?? []) as readonly ManagedFieldsEntry[];
}

/** All fields of several sets. */
export function mergeFields(sets: readonly FieldSet[]): FieldSet {
  const merged: Record<string, FieldSet> = {};
  for (const set of sets) {
    for (const [step, below] of Object.entries(set)) {
      merged[step] = mergeFields([merged[step] ?? {}, below]);
    }
  }
  return merged;
}

/** Every field that anybody owns. */
export function ownedFields(object: KubernetesObject): FieldSet {
  return mergeFields(managedFields(object).map(({ fieldsV1 }) => fieldsV1 ?? {}));
}

/**
 * Whether the fields of an entry become ours without force: they are of our own create request, or were written by hand
 * with kubectl. The published plugin takes the same ones.
 */
export function isTakenOver({ manager, operation, subresource }: ManagedFieldsEntry): boolean {
  if (subresource) {
    return false;
  }
  const updaters = ['kubectl', 'before-first-apply', 'pulumi-kubernetes', 'pulumi-resource-kubernetes'];
  return (operation === 'Update' ? updaters : ['kubectl']).some((prefix) => manager.startsWith(prefix));
}

/** The owners when we apply under a name; nothing where nobody has to give up a field for it. */
export function takeOver(object: KubernetesObject, fieldManager: string): readonly ManagedFieldsEntry[] | undefined {
  const entries = managedFields(object);
  const isOurs = ({ manager, operation, subresource }: ManagedFieldsEntry): boolean =>
    manager === fieldManager && operation === 'Apply' && !subresource;
  const taken = entries.filter((entry) => isTakenOver(entry));
  if (taken.length === 0) {
    return undefined;
  }
  const merged = entries.filter((entry) => isTakenOver(entry) || isOurs(entry));
  const ours: ManagedFieldsEntry = {
    manager: fieldManager,
    operation: 'Apply',
    apiVersion: object.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: mergeFields(merged.map(({ fieldsV1 }) => fieldsV1 ?? {})),
  };
  return [...entries.filter((entry) => !merged.includes(entry)), ours];
}
