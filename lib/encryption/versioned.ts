import {
  type Cipher,
  createCipheriv,
  createDecipheriv,
  type Decipher,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';

/** First part of every ciphertext of this format. */
export const version = 'nv1';

const algorithm = 'aes-256-gcm';
/** The length that GCM is made for: NIST SP 800-38D section 5.2.1.1. */
const ivBytes = 12;
const tagBytes = 16;
const shape = /^nv1:([0-9a-f]{8}):([A-Za-z0-9_-]{16}):([A-Za-z0-9_-]{22,})$/;

/** `nv1:<key id>:<iv>:<ciphertext and tag>`, both in base64url without padding. */
export interface VersionedCiphertext {
  readonly keyId: string;
  readonly iv: Buffer;
  readonly data: Buffer;
}

/** The parts of a stored text; nothing where it has another format or is not written in the one canonical way. */
export function parseVersioned(stored: string): VersionedCiphertext | undefined {
  const [, keyId, iv, data] = shape.exec(stored) ?? [];
  if (keyId === undefined || iv === undefined || data === undefined) {
    return undefined;
  }
  const bytes = Buffer.from(data, 'base64url');
  // The last character can carry bits that mean nothing; one ciphertext has one text.
  return bytes.toString('base64url') === data ? { keyId, iv: Buffer.from(iv, 'base64url'), data: bytes } : undefined;
}

export function encryptVersioned(keyId: string, key: KeyObject, plaintext: Uint8Array, binding: Buffer): string {
  const iv = freshIv();
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(binding);
  const data = Buffer.concat([finish(cipher, plaintext), cipher.getAuthTag()]);
  return `${version}:${keyId}:${iv.toString('base64url')}:${data.toString('base64url')}`;
}

const ivPool = Buffer.alloc(ivBytes * 128);
let ivOffset = ivPool.length;

/** Twelve random bytes that were never used. They are drawn in bulk, as Node's own randomUUID does: each draw is dear. */
function freshIv(): Buffer {
  if (ivOffset === ivPool.length) {
    randomFillSync(ivPool);
    ivOffset = 0;
  }
  const iv = ivPool.subarray(ivOffset, ivOffset + ivBytes);
  ivOffset += ivBytes;
  return iv;
}

/** @throws Error of `node:crypto` when anything was changed */
export function decryptVersioned({ iv, data }: VersionedCiphertext, key: KeyObject, binding: Buffer): Buffer {
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes })
    .setAAD(binding)
    .setAuthTag(data.subarray(data.length - tagBytes));
  return finish(decipher, data.subarray(0, data.length - tagBytes));
}

/** GCM gives everything at once; the end gives nothing more, and throws where the tag does not fit. */
function finish(cipher: Cipher | Decipher, bytes: Uint8Array): Buffer {
  const result = cipher.update(bytes);
  cipher.final();
  return result;
}
