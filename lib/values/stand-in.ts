import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { IssuedFormat } from '../catalog';
import { SecretValue } from './secret-value';

/**
 * A value in place of one that somebody else issues, for platforms that nobody depends on: it has the right form, it
 * opens nothing, and it says so where the form has room for words.
 */
export function standInValue({ format }: { readonly format: IssuedFormat }): SecretValue {
  const random = randomBytes(16).toString('hex');
  switch (format) {
    case 'text':
      return new SecretValue(`stand-in-${random}`);
    case 'url':
      return new SecretValue(`https://stand-in.invalid/${random}`);
    case 'pem':
      return new SecretValue(
        generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      );
    case 'json':
      return new SecretValue(JSON.stringify({ standIn: random }));
    case 'yaml':
      return new SecretValue(`standIn: ${random}\n`);
  }
}
