import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** Key id of everything that was encrypted before there were key ids. */
export const legacyKeyId = 'legacy';

const algorithm = 'aes-256-gcm';
const ivBytes = 16;
const tagBytes = 16;
const keyCharacters = 32;
const shape = /^([0-9a-f]{32}):([0-9a-f]{32}):((?:[0-9a-f]{2})*)$/;

/** `<iv>:<tag>:<ciphertext>` in lower-case hexadecimal: no key id, and bound to no place. */
export interface LegacyCiphertext {
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly data: Buffer;
}

/** The parts of a stored text; nothing where it has another format. The tag is always whole: Node accepts shorter ones. */
export function parseLegacy(stored: string): LegacyCiphertext | undefined {
  const [, iv, tag, data] = shape.exec(stored) ?? [];
  if (iv === undefined || tag === undefined || data === undefined) {
    return undefined;
  }
  return { iv: Buffer.from(iv, 'hex'), tag: Buffer.from(tag, 'hex'), data: Buffer.from(data, 'hex') };
}

/** The first 32 characters of `ENCRYPTION_KEY` as they are; nothing where these are not 32 bytes. */
export function legacyKey(text: string): KeyObject | undefined {
  const bytes = Buffer.from(text.slice(0, keyCharacters), 'utf8');
  return bytes.length === keyCharacters ? createSecretKey(bytes) : undefined;
}

/** What processes that know no other format can read: for the time until the first real key is active. */
export function encryptLegacy(key: KeyObject, plaintext: Uint8Array): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [iv, cipher.getAuthTag(), data].map((part) => part.toString('hex')).join(':');
}

/** @throws Error of `node:crypto` when anything was changed */
export function decryptLegacy({ iv, tag, data }: LegacyCiphertext, key: KeyObject): Buffer {
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAuthTag(tag);
  return Buffer.concat([decipher.update(data), decipher.final()]);
}
