import { nivesh } from '../../environments/catalog';
import { defineEnvironment, secretsOfCatalog, sealedSecrets } from '../../lib/catalog';
import { sealEnvironment, type SealedEnvironment } from '../../lib/sealing/seal-environment';
import { writeSealedFiles } from '../../lib/sealing/sealed-folder';
import type { FieldValues } from '../../lib/sealing/variable-values';
import { standInValue } from '../../lib/values/stand-in';

/** Nivesh for a cluster without Vault. */
export function niveshEdge(certificate: string, ownKeyPair = false): SealedEnvironment {
  return defineEnvironment('edge', { catalog: nivesh, delivery: sealedSecrets({ certificate, ownKeyPair }) });
}

/**
 * Seals a value for every field of Nivesh into a project's folder.
 * @returns the values, by `path.field`
 */
export async function sealNivesh(root: string, environment: SealedEnvironment): Promise<FieldValues> {
  const given = new Map(
    secretsOfCatalog(nivesh).flatMap(({ path, fields }) =>
      [...fields].flatMap(([field, { source }]) =>
        source.type === 'issued' ? [[`${path}.${field}`, standInValue(source)] as const] : [],
      ),
    ),
  );
  const { workloads, generated } = sealEnvironment(environment, { committed: new Map(), given, generate: true });
  const files = new Map([...workloads].map(([workload, { file }]) => [workload, file] as const));
  await writeSealedFiles(root, environment.name, files);
  return new Map([...given, ...generated]);
}
