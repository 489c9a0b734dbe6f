import { checkCatalog } from './check-catalog';
import { FieldReference, type VaultSecret, type VaultSecretDeclaration } from './vault-secret';
import type { WorkloadDeclaration } from './workload';

/** The declaration that everything is derived from: which secrets exist and who reads them. */
export interface Catalog {
  /** Prefix of names that are shared with others, such as Vault roles. */
  readonly name: string;
  readonly workloads: Readonly<Record<string, WorkloadDeclaration>>;
  /** Declared secrets, read by a workload or not. */
  readonly secrets: readonly VaultSecretDeclaration[];
}

/** See {@link defineCatalog}. */
export interface CatalogOptions {
  readonly name: string;
  /** Workload name to what it reads. */
  readonly workloads: Readonly<Record<string, WorkloadDeclaration>>;
  /**
   * Every declared secret, so that one that nobody reads is reported: `import * as secrets from './secrets'`.
   * Exports that are not secrets are ignored.
   * @default - the secrets that workloads read
   */
  readonly secrets?: Readonly<Record<string, unknown>>;
}

/**
 * Checks a declaration and makes it a catalog.
 * @throws DeclarationError with every problem at once
 */
export function defineCatalog(options: CatalogOptions): Catalog {
  const secrets = new Set(Object.values(options.secrets ?? {}).flatMap(declarationOf));
  const catalog: Catalog = { name: options.name, workloads: options.workloads, secrets: [...secrets] };
  checkCatalog(catalog);
  return catalog;
}

function declarationOf(candidate: unknown): VaultSecretDeclaration[] {
  if (typeof candidate !== 'object' || candidate === null) {
    return [];
  }
  const first: unknown = Object.values(candidate as VaultSecret)[0];
  return first instanceof FieldReference ? [first.secret] : [];
}
