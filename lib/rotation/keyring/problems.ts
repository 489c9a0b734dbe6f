import { DeclarationError, fieldId, type KeyringRotation, keyringSuffix, type Problem } from '../../catalog';
import { Keyring } from '../../encryption';
import { fieldProblems } from '../checks';
import type { RotationContext } from '../strategy';
import { evidenceProblems } from './evidence';
import { dataProblems, type ReencryptionPlace } from './reencryption';
import { fieldsOf, readKeys } from './stored-keys';

type Context = RotationContext<KeyringRotation>;

/** Everything that would keep a rotation from ending well. */
export async function findProblems(context: Context, place: ReencryptionPlace): Promise<Problem[]> {
  const { field, delivery, kv } = context;
  if (field.declaration.source.type === 'keyring') {
    return [keyringItself(context)];
  }
  const fields = fieldsOf(field);
  const missing = await fieldProblems(context, fields);
  const problems = [...missing, ...(await delivery.check(field.secret.path, fields))];
  if (missing.length > 0) {
    return problems;
  }
  try {
    const keys = readKeys(field, (await kv.read(field.secret.path))?.data ?? {});
    const data =
      keys instanceof Keyring && field.declaration.rotation.targets !== undefined
        ? await dataProblems(context, keys, place)
        : [];
    return [...problems, ...evidenceProblems(context, keys), ...data];
  } catch (error) {
    if (error instanceof DeclarationError) {
      return [...problems, ...error.problems];
    }
    throw error;
  }
}

function keyringItself({ field, environment }: Context): Problem {
  const key = fieldId(field.secret, field.fieldName.slice(0, -keyringSuffix.length));
  return {
    path: field.id,
    what: 'a keyring changes when its key is rotated',
    got: field.id,
    allowed: key,
    fix: `nivesh-secrets rotate ${key} --environment ${environment.name}`,
  };
}
