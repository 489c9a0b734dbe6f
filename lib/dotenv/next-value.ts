import { type FieldReference, keyringSuffix } from '../catalog';
import { Keyring } from '../encryption/keyring';
import { generateValue } from '../values/generate';
import { SecretValue } from '../values/secret-value';

/** What the files have now, by field id; nothing where they have no value. */
export type CurrentValue = (id: string) => SecretValue | undefined;

/**
 * A fresh value for a field. Keys that encrypt stored data keep those before them, so that the data can still be read; on
 * one machine everything restarts together, so the new key encrypts at once.
 * @param rotated whether a field gets a fresh value too
 * @throws DeclarationError when a keyring cannot be read
 */
export function nextValue(
  reference: FieldReference,
  current: CurrentValue,
  rotated: (id: string) => boolean,
): SecretValue | undefined {
  const { id, declaration } = reference;
  const fresh = generateValue(declaration.source);
  const value = current(id);
  if (fresh === undefined || value === undefined || declaration.rotation.strategy !== 'keyring') {
    return fresh;
  }
  if (declaration.source.type === 'keyring') {
    const keyId = id.slice(0, -keyringSuffix.length);
    const { keyring, keyId: added } = Keyring.parse(value.reveal(), current(keyId)).withNewKey();
    return keyring.withActive(added).serialize({ inline: rotated(keyId) });
  }
  return declaration.rotation.format === 'fernet' ? new SecretValue(`${fresh.reveal()},${value.reveal()}`) : fresh;
}
