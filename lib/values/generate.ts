import { randomBytes } from 'node:crypto';
import type { ValueSource } from '../catalog';
import { SecretValue } from './secret-value';

const passwordAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The first keyring of `nivesh-secrets/encryption`: the key of the field beside it, stored once, in the old format. */
export const initialKeyring = '{"active":"legacy","keys":{"legacy":{"from":"ENCRYPTION_KEY"}}}';

/**
 * A fresh value of a declared source, or nothing where only somebody else can make one (`issued`).
 * Randomness is the operating system's (`node:crypto`).
 */
export function generateValue(source: ValueSource): SecretValue | undefined {
  switch (source.type) {
    case 'randomHex':
      return new SecretValue(randomBytes(source.bytes).toString('hex'));
    case 'randomBase64':
      return new SecretValue(randomBytes(source.bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_'));
    case 'password':
      return new SecretValue(generatePassword(source.length));
    case 'username':
      return new SecretValue(source.initial);
    case 'keyring':
      return new SecretValue(initialKeyring);
    case 'issued':
      return undefined;
  }
}

/** The alphabet has 64 characters, so six bits of each byte choose one without bias. */
function generatePassword(length: number): string {
  // A leading "-" would be read as an option by database command lines.
  let password: string;
  do {
    password = Array.from(randomBytes(length), (byte) => passwordAlphabet[byte & 63]).join('');
  } while (password.startsWith('-'));
  return password;
}
