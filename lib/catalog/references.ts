import type { Catalog } from './catalog';
import { referencesOf } from './derived-value';
import type { FieldReference, VaultSecretDeclaration } from './vault-secret';

/** The relation that everything else is derived from: workload W reads field F of secret S under variable E. */
export interface Reference {
  readonly workload: string;
  readonly variable: string;
  readonly reference: FieldReference;
  /** Whether the variable holds more than the field as it is. */
  readonly derived: boolean;
}

/** The relation, and by what it is looked up: a search through all of it for each workload would take its square. */
interface Index {
  readonly references: readonly Reference[];
  readonly byWorkload: ReadonlyMap<string, readonly Reference[]>;
  readonly byField: ReadonlyMap<string, readonly Reference[]>;
}

const cache = new WeakMap<Catalog, Index>();

function indexOf(catalog: Catalog): Index {
  let index = cache.get(catalog);
  if (!index) {
    const references = Object.entries(catalog.workloads).flatMap(([workload, { env }]) =>
      Object.entries(env).flatMap(([variable, value]) => {
        const fields = referencesOf(value);
        const derived = fields[0] !== value;
        return fields.map((reference) => ({ workload, variable, reference, derived }));
      }),
    );
    index = {
      references,
      byWorkload: grouped(references, ({ workload }) => workload),
      byField: grouped(references, ({ reference }) => reference.id),
    };
    cache.set(catalog, index);
  }
  return index;
}

function grouped(references: readonly Reference[], keyOf: (one: Reference) => string): Map<string, Reference[]> {
  const groups = new Map<string, Reference[]>();
  for (const reference of references) {
    const key = keyOf(reference);
    const group = groups.get(key);
    if (group) {
      group.push(reference);
    } else {
      groups.set(key, [reference]);
    }
  }
  return groups;
}

/** Every reference of a catalog, computed once, in the order of declaration. */
export function catalogReferences(catalog: Catalog): readonly Reference[] {
  return indexOf(catalog).references;
}

/** The references of one workload, in the order of declaration. */
export function referencesOfWorkload(catalog: Catalog, workload: string): readonly Reference[] {
  return indexOf(catalog).byWorkload.get(workload) ?? [];
}

/** The secrets that a workload reads, each once, sorted by path. */
export function secretsOfWorkload(catalog: Catalog, workload: string): VaultSecretDeclaration[] {
  const env = catalog.workloads[workload]?.env ?? {};
  const secrets = new Map<string, VaultSecretDeclaration>();
  for (const { secret } of Object.values(env).flatMap(referencesOf)) {
    secrets.set(secret.path, secret);
  }
  return [...secrets.values()].sort((a, b) => compare(a.path, b.path));
}

/** Every secret of a catalog, each once, sorted by path: those that workloads read and those declared beside them. */
export function secretsOfCatalog(catalog: Catalog): VaultSecretDeclaration[] {
  const secrets = new Map(catalog.secrets.map((secret) => [secret.path, secret]));
  for (const { reference } of catalogReferences(catalog)) {
    secrets.set(reference.secret.path, reference.secret);
  }
  return [...secrets.values()].sort((a, b) => compare(a.path, b.path));
}

/** Who reads a field, as `workload` and `variable`. */
export function readersOf(catalog: Catalog, path: string, fieldName: string): readonly Reference[] {
  return indexOf(catalog).byField.get(`${path}.${fieldName}`) ?? [];
}

/** Order by code unit: the same on every machine, whatever its language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
