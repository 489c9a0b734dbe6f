import { type KeyringRotation, keyringSuffix } from '../../catalog';
import { Keyring, legacyKeyId } from '../../encryption';
import { generateValue } from '../../values/generate';
import type { SecretValue } from '../../values/secret-value';
import type { RotationContext } from '../strategy';
import { FernetKeys } from './fernet-keys';

/** Fields of a Vault secret, with their values. */
type Fields = Readonly<Record<string, string>>;

/** Keys that are in use together, in whichever format: one encrypts, all decrypt. */
export type Keys = Keyring | FernetKeys;

type Field = RotationContext<KeyringRotation>['field'];

/** Fields that hold the keys; those that a rotation writes from its first phase on come first. */
export function fieldsOf({ fieldName, declaration }: Field): [keys: string, ...others: string[]] {
  return declaration.rotation.format === 'json' ? [`${fieldName}${keyringSuffix}`, fieldName] : [fieldName];
}

/**
 * The keys that a version of the secret holds.
 * @throws DeclarationError when they cannot be read; no message holds a key
 */
export function readKeys(field: Field, data: Fields): Keys {
  const { fieldName } = field;
  return field.declaration.rotation.format === 'json'
    ? Keyring.fromEnvironment({
        ENCRYPTION_KEYRING: data[`${fieldName}${keyringSuffix}`] ?? '',
        ENCRYPTION_KEY: data[fieldName] ?? '',
      })
    : FernetKeys.parse(field.id, data[fieldName] ?? '');
}

/**
 * The fields that hold other keys from now on. Where the key of the old format goes, its field gets a value that never
 * encrypted anything (docs/decisions/0008).
 */
export function writeKeys(field: Field, keys: Keys, before: Keys): Readonly<Record<string, SecretValue>> {
  const [keysField] = fieldsOf(field);
  const retired = before.keyIds.includes(legacyKeyId) && !keys.keyIds.includes(legacyKeyId);
  const never = retired ? generateValue(field.declaration.source) : undefined;
  return { [keysField]: keys.serialize(), ...(never ? { [field.fieldName]: never } : {}) };
}

/** Every key as text, to look for it where it must not be. */
export function keyTexts(keys: Keys): string[] {
  if (keys instanceof FernetKeys) {
    return keys.serialize().reveal().split(',');
  }
  const document = JSON.parse(keys.serialize({ inline: true }).reveal()) as { readonly keys: Fields };
  return Object.values(document.keys);
}
