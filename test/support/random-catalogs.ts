import fc from 'fast-check';
import {
  type Catalog,
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  type FieldReference,
  joined,
  randomHex,
  vaultSecret,
  workload,
  type WorkloadDeclaration,
} from '../../lib/catalog';

/** Names of which one is often the beginning of another, and that look like parts of the engine's interface. */
const segment = fc.constantFrom('a', 'ab', 'abc', 'a-b', 'a_b', 'B', '1', 'x', 'config', 'data', 'metadata', 'destroy');
const path = fc
  .array(segment, { minLength: 1, maxLength: 3 })
  .filter(([first]) => first !== 'data' && first !== 'metadata')
  .map((segments) => segments.join('/'));

const description = fc.record({
  paths: fc.uniqueArray(path, { minLength: 1, maxLength: 7 }),
  fields: fc.integer({ min: 1, max: 3 }),
  workloads: fc.integer({ min: 1, max: 4 }),
  /** Whether workload w reads secret s, one number a pair. */
  reads: fc.array(fc.boolean(), { minLength: 28, maxLength: 28 }),
  prefixed: fc.boolean(),
  derived: fc.boolean(),
  mount: fc.constantFrom('secret', 'kv', 'team-1'),
});

/** A catalog with any relation between workloads and secrets, by its name. */
export const anyCatalog: fc.Arbitrary<(name: string) => { catalog: Catalog; mount: string }> = description.map(
  ({ paths, fields, workloads, reads, prefixed, derived, mount }) =>
    (name) => {
      const secrets = paths.map((one) =>
        Object.values(
          vaultSecret(
            one,
            Object.fromEntries(Array.from({ length: fields }, (_, index) => [`f${index}`, randomHex(16)])),
          ),
        ),
      );
      const declared = Array.from({ length: workloads }, (_, index): [string, WorkloadDeclaration] => {
        const read = secrets.filter((__, secret) => reads[index * 7 + secret] ?? false);
        const chosen = read.length > 0 ? read : [secrets[index % secrets.length] ?? []];
        const env = Object.fromEntries(chosen.map((references, at) => variable(references, at, derived)));
        return [
          `${prefixed && index % 2 === 0 ? `${name}-` : ''}w${index}`,
          workload({ namespace: `n${index % 2}`, env }),
        ];
      });
      return { catalog: defineCatalog({ name, workloads: Object.fromEntries(declared) }), mount };
    },
);

function variable(
  references: readonly FieldReference[],
  index: number,
  derived: boolean,
): [string, FieldReference | ReturnType<typeof joined>] {
  const [first] = references;
  return [`V${index}`, derived || !first || references.length > 1 ? joined(references) : first];
}

/** A catalog's environment in a Vault; nothing but names is used of it. */
export function randomEnvironment(catalog: Catalog, mount: string): Environment<ExternalSecretsDelivery> {
  return defineEnvironment('random', {
    catalog,
    delivery: externalSecrets({
      vault: {
        mount,
        address: 'https://vault:8200',
        ca: { type: 'system' },
        audit: [
          { name: 'file', filePath: '/audit.log' },
          { name: 'stdout', filePath: 'stdout' },
        ],
        // The kubeconfig has it otherwise.
        auth: { reviewer: 'in-cluster' },
      },
    }),
  });
}
