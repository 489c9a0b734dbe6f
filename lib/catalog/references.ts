import type { Catalog } from './catalog';
import { referencesOf } from './derived-value';
import { groupBy } from './group-by';
import type { FieldReference, VaultSecretDeclaration } from './vault-secret';

/** The relation that everything else is derived from: workload W reads field F of secret S under variable E. */
export interface Reference {
  readonly workload: string;
  readonly variable: string;
  readonly reference: FieldReference;
  /** Whether the variable holds more than the field as it is. */
  readonly derived: boolean;
}

/** What is made of a catalog when it is first asked for, and only then. */
function oncePerCatalog<T extends object>(make: (catalog: Catalog) => T): (catalog: Catalog) => T {
  const made = new WeakMap<Catalog, T>();
  return (catalog) => {
    const known = made.get(catalog) ?? make(catalog);
    made.set(catalog, known);
    return known;
  };
}

const relation = oncePerCatalog(({ workloads }): readonly Reference[] =>
  Object.entries(workloads).flatMap(([workload, { env }]) =>
    Object.entries(env).flatMap(([variable, value]) => {
      const fields = referencesOf(value);
      const derived = fields[0] !== value;
      return fields.map((reference) => ({ workload, variable, reference, derived }));
    }),
  ),
);

// A search through all of the relation for each workload or field would take the square of their number.
const byWorkload = oncePerCatalog((catalog) => groupBy(relation(catalog), ({ workload }) => workload));
const byField = oncePerCatalog((catalog) => groupBy(relation(catalog), ({ reference }) => reference.id));

/** Every reference of a catalog, computed once, in the order of declaration. */
export function catalogReferences(catalog: Catalog): readonly Reference[] {
  return relation(catalog);
}

/** The references of one workload, in the order of declaration. */
export function referencesOfWorkload(catalog: Catalog, workload: string): readonly Reference[] {
  return byWorkload(catalog).get(workload) ?? [];
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
  return byField(catalog).get(`${path}.${fieldName}`) ?? [];
}

/** Order by code unit: the same on every machine, whatever its language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
