import {
  type Catalog,
  DeclarationError,
  type Environment,
  type ExternalSecretsDelivery,
  quoted,
  type WorkloadDeclaration,
  workloadNames,
  type WorkloadNames,
} from '../catalog';

/** A workload of a catalog, with the names that follow from its own. */
export interface DeclaredWorkload extends WorkloadDeclaration {
  readonly name: string;
  readonly names: WorkloadNames;
}

/** What the constructs of one workload are made from. Everything else follows. */
export interface VaultWorkloadProps {
  readonly environment: Environment<ExternalSecretsDelivery>;
  /** Name of the workload in the environment's catalog. */
  readonly workload: string;
}

/**
 * Looks a workload up.
 * @throws DeclarationError if the catalog has none of that name
 */
export function declaredWorkload(catalog: Catalog, name: string): DeclaredWorkload {
  const declaration = Object.hasOwn(catalog.workloads, name) ? catalog.workloads[name] : undefined;
  if (!declaration) {
    throw new DeclarationError(`catalog ${quoted(catalog.name)}`, [
      {
        path: `workloads.${name}`,
        what: 'no such workload in the catalog',
        got: quoted(name),
        allowed: Object.keys(catalog.workloads).map(quoted).join(', '),
        fix: 'correct the name, or declare the workload',
      },
    ]);
  }
  return { ...declaration, name, names: workloadNames(catalog.name, name) };
}
