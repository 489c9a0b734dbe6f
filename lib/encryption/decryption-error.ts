import type { FieldContext } from './context';

/**
 * Why stored text could not be decrypted:
 * `malformed` it has neither format; `unknown key` the keyring lacks its key; `not authentic` it was changed, belongs to
 * another place, or its key has another value; `not text` it holds bytes that are not UTF-8.
 */
export type DecryptionFailure = 'malformed' | 'unknown key' | 'not authentic' | 'not text';

/** The message names the place and the key id; it holds neither stored text, plaintext, primary key nor key. */
export class DecryptionError extends Error {
  constructor(
    readonly reason: DecryptionFailure,
    context: FieldContext,
    /** Key that the stored text names; nothing where it is malformed. */
    readonly keyId?: string,
  ) {
    const key = keyId === undefined ? '' : ` (key ${keyId})`;
    super(`${context.table}.${context.column}${key}: ${explanations[reason]}`);
    this.name = 'DecryptionError';
  }
}

const explanations: Record<DecryptionFailure, string> = {
  malformed:
    'the stored text is not a ciphertext, allowed: nv1:<key>:<iv>:<data> or the legacy <iv>:<tag>:<data> in lower-case hexadecimal, fix: find out who wrote it',
  'unknown key':
    'the keyring does not have this key, fix: add it to ENCRYPTION_KEYRING until no stored text uses it (nivesh-secrets reencrypt)',
  'not authentic':
    'the stored text was changed, comes from another row or column, or the key of this id has another value, fix: restore the row, and decrypt with the table, column and primary key that it was encrypted for',
  'not text': 'the decrypted bytes are not UTF-8, fix: read them with decryptBytes',
};
