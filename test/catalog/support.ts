import {
  type CatalogOptions,
  DeclarationError,
  defineCatalog,
  randomHex,
  vaultSecret,
  workload,
  type WorkloadDeclaration,
} from '../../lib/catalog';

/** `path: what` of every problem; nothing where the catalog is fine. */
export function problemsOf(options: CatalogOptions): string[] {
  try {
    defineCatalog(options);
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) {
      throw error;
    }
    return error.problems.map(({ path, what }) => `${path}: ${what}`);
  }
}

export function withSecrets(...secrets: ReturnType<typeof vaultSecret>[]): CatalogOptions {
  const references = secrets.flatMap((secret) => Object.values(secret));
  const env = Object.fromEntries(references.map((reference, index) => [`VARIABLE_${index}`, reference]));
  return { name: 'app', workloads: { web: workload({ namespace: 'app', env }) } };
}

export const key = vaultSecret('app/web', { key: randomHex(32) });

export function withWorkloads(workloads: Record<string, Partial<WorkloadDeclaration>>): CatalogOptions {
  const complete = Object.entries(workloads).map(([name, options]) => [
    name,
    workload({ namespace: 'app', env: { KEY: key.key }, ...options }),
  ]);
  return { name: 'app', workloads: Object.fromEntries(complete) as CatalogOptions['workloads'] };
}
