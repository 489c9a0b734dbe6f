import { type Environment, type EnvironmentValue, FieldReference, referencesOf } from '../catalog';
import { secretsOfCatalog } from '../catalog/references';
import { fieldId } from '../catalog/vault-secret';

/** Names of variables and fields that hold secrets, with the declared field, where there is one, that they hold. */
export type DeclaredNames = ReadonlyMap<string, string | undefined>;

/** Every name that the environments of a project give to a secret; those of user names are not among them. */
export function declaredNames(environments: readonly Environment[]): DeclaredNames {
  const names = new Map<string, string | undefined>();
  const add = (name: string, field: string | undefined): void => {
    // A name of two fields, such as "password", says of neither that it is meant.
    names.set(name, names.has(name) && names.get(name) !== field ? undefined : field);
  };
  for (const { catalog, delivery } of environments) {
    const files = delivery.type === 'dotenv' ? delivery.files.map(({ env = {} }) => env) : [];
    for (const env of [...Object.values(catalog.workloads).map((workload) => workload.env), ...files]) {
      Object.entries(env).forEach(([name, value]) => {
        secretFields(value).forEach((field) => {
          add(name, field);
        });
      });
    }
    for (const secret of secretsOfCatalog(catalog)) {
      secret.fields.forEach(({ source }, name) => {
        if (source.type !== 'username') {
          add(name, fieldId(secret, name));
        }
      });
    }
    if (delivery.type === 'githubActions') {
      Object.keys(delivery.secrets).forEach((name) => {
        add(name, undefined);
      });
    }
  }
  return names;
}

function secretFields(value: EnvironmentValue): string[] {
  return referencesOf(value)
    .filter((reference) => reference instanceof FieldReference && reference.declaration.source.type !== 'username')
    .map(({ id }) => id);
}
