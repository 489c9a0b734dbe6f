import { referencesOf } from './derived-value';
import { type Problem } from './problems';
import { keyringSuffix, type FieldReference } from './vault-secret';
import type { WorkloadDeclaration } from './workload';

/** A field that a workload has to read as well, and why. */
interface Companion {
  readonly fieldName: string;
  readonly what: string;
  readonly fix: (id: string) => string;
}

/** Fields that a rotation changes together are read together. */
export function checkCompanions(path: string, workload: WorkloadDeclaration): Problem[] {
  const references = Object.entries(workload.env).flatMap(([variable, value]) =>
    referencesOf(value).map((reference) => ({ variable, reference })),
  );
  const read = new Set(references.map(({ reference }) => reference.id));
  return references.flatMap(({ variable, reference }): Problem[] => {
    const companion = companionOf(reference);
    const id = `${reference.secret.path}.${companion?.fieldName ?? ''}`;
    return companion === undefined || read.has(id)
      ? []
      : [
          {
            path: `${path}.env.${variable}`,
            what: companion.what,
            got: reference.id,
            allowed: `${reference.id} together with ${id}`,
            fix: companion.fix(id),
          },
        ];
  });
}

function companionOf({ declaration: { rotation, source }, fieldName }: FieldReference): Companion | undefined {
  if (rotation.strategy === 'alternatingUsers') {
    return {
      fieldName: rotation.usernameField,
      what: 'the password alternates between two users, but the workload does not read the user name',
      fix: (id) => `add a variable for ${id}`,
    };
  }
  if (rotation.strategy !== 'keyring' || rotation.format !== 'json') {
    return undefined;
  }
  return source.type === 'keyring'
    ? {
        fieldName: fieldName.slice(0, -keyringSuffix.length),
        what: 'the keyring refers to a key that the workload does not read',
        fix: (id) => `add ENCRYPTION_KEY for ${id}`,
      }
    : {
        fieldName: `${fieldName}${keyringSuffix}`,
        what: 'the key rotates by keyring, but the workload does not read the keyring, so no new key would reach it',
        fix: () => 'add ENCRYPTION_KEYRING with ".keyring", and read both with nivesh-secrets/encryption',
      };
}
