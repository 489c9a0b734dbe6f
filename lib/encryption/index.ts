export { DeclarationError } from '../catalog/problems';
export type { FieldContext, KeyPart } from './context';
export { DecryptionError, type DecryptionFailure } from './decryption-error';
export { FieldCipher } from './field-cipher';
export { type EncryptionEnvironment, Keyring } from './keyring';
export { legacyKeyId } from './legacy';
