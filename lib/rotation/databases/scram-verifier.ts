import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { SecretValue } from '../../values/secret-value';

/** What PostgreSQL uses itself (https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SCRAM-ITERATIONS). */
const iterations = 4096;

/**
 * What PostgreSQL stores for a password (RFC 5803 with SCRAM-SHA-256 of RFC 7677). Sent in place of the password, so that
 * the server's log, `pg_stat_activity` and `pg_stat_statements` never hold it.
 * @param salt @default - 16 random bytes
 */
export function scramVerifier(password: SecretValue, salt: Buffer = randomBytes(16)): string {
  const text = password.reveal();
  // Others would have to be normalized first (RFC 4013); ours are made of letters, digits, "-" and "_".
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new Error('a password that PostgreSQL is to check must be made of printable ASCII characters');
  }
  const salted = pbkdf2Sync(text, salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
