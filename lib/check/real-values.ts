import {
  catalogReferences,
  type Environment,
  type ExternalSecretsDelivery,
  fieldId,
  secretsOfCatalog,
} from '../catalog';
import { findExample } from '../values/example-values';
import { SecretValue } from '../values/secret-value';
import type { KvEngine } from '../vault/kv';
import type { VerifyFinding } from './finding';

/** How many values were looked at, and which cannot be real secrets. */
export interface RealValuesReport {
  readonly looked: number;
  readonly findings: readonly VerifyFinding[];
}

/**
 * Values in Vault that look like examples: what stands in the repository's example files, placeholders, common words,
 * patterns. It reads values and shows none. Names of accounts are left out: they may well stand in an example.
 * @param examples see `collectExampleValues`
 */
export async function exampleValuesInVault(
  environment: Environment<ExternalSecretsDelivery>,
  kv: KvEngine,
  examples: ReadonlySet<string>,
): Promise<RealValuesReport> {
  const read = new Set(catalogReferences(environment.catalog).map(({ reference }) => reference.id));
  const findings: VerifyFinding[] = [];
  let looked = 0;
  for (const secret of secretsOfCatalog(environment.catalog)) {
    const { data = {} } = (await kv.read(secret.path)) ?? {};
    for (const [field, { source }] of secret.fields) {
      const value = data[field];
      const id = fieldId(secret, field);
      if (value === undefined || source.type === 'username' || !read.has(id)) {
        continue;
      }
      looked++;
      const example = findExample(new SecretValue(value), examples);
      if (example) {
        const fix = source.type === 'issued' ? `issue a real one at ${source.by}` : 'rotate it to a generated value';
        findings.push({ check: 'values', object: id, message: `the value is no secret: ${example.reason}`, fix });
      }
    }
  }
  return { looked, findings };
}
