import {
  constants,
  createCipheriv,
  createDecipheriv,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';

const sessionKeyBytes = 32;
const tagBytes = 16;
/** Each session key encrypts one value, so a constant nonce never repeats under a key. */
const nonce = Buffer.alloc(12);

/** A sealed value cannot be opened, or is not one. Messages hold nothing of the value. */
export class SealedValueError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealedValueError';
  }
}

/**
 * Seals one value as the Sealed Secrets controller opens it (`pkg/crypto/crypto.go` of bitnami/sealed-secrets):
 * a fresh AES-256-GCM session key, itself encrypted with RSA-OAEP (SHA-256, RFC 8017) under the label.
 * The same value seals to other bytes every time.
 * @param key RSA public key of the controller's certificate
 * @param label where it may be opened, see `encryptionLabel`
 * @param value any bytes, also none
 * @returns base64 of `uint16(length of the RSA part) | RSA part | ciphertext | tag`
 */
export function sealValue(key: KeyObject, label: string, value: Uint8Array): string {
  const sessionKey = randomBytes(sessionKeyBytes);
  const wrappedKey = publicEncrypt({ key, ...oaep(label) }, sessionKey);
  const cipher = createCipheriv('aes-256-gcm', sessionKey, nonce);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(wrappedKey.length);
  return Buffer.concat([length, wrappedKey, cipher.update(value), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  );
}

/**
 * Opens a sealed value with the controller's private keys, as recovery from a backup does.
 * @param keys every active key: the value does not say which one it was sealed for
 * @throws SealedValueError when it is not a sealed value, or no key opens it under this label
 */
export function openValue(keys: readonly KeyObject[], label: string, sealed: string): Buffer {
  const { wrappedKey, ciphertext, tag } = splitSealed(sealed);
  for (const key of keys) {
    try {
      const sessionKey = privateDecrypt({ key, ...oaep(label) }, wrappedKey);
      const decipher = createDecipheriv('aes-256-gcm', sessionKey, nonce, { authTagLength: tagBytes }).setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    } catch {
      // Another key, or none; which of the two steps failed must not show.
    }
  }
  throw new SealedValueError('no key opens the sealed value: another key, scope, namespace or name');
}

/**
 * Bytes of the value inside, which anybody can see.
 * @throws SealedValueError when it is not a sealed value
 */
export function sealedValueSize(sealed: string): number {
  return splitSealed(sealed).ciphertext.length;
}

interface SealedParts {
  readonly wrappedKey: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

function splitSealed(sealed: string): SealedParts {
  const bytes = Buffer.from(sealed, 'base64');
  // Buffer ignores what is not base64, the controller does not.
  if (bytes.toString('base64') !== sealed) {
    throw new SealedValueError('not a sealed value: not standard base64 with padding');
  }
  const wrappedEnd = bytes.length < 2 ? NaN : 2 + bytes.readUInt16BE();
  if (!(wrappedEnd >= 2 + 256 && wrappedEnd + tagBytes <= bytes.length)) {
    throw new SealedValueError(`not a sealed value: ${bytes.length} bytes are too few`);
  }
  return {
    wrappedKey: bytes.subarray(2, wrappedEnd),
    ciphertext: bytes.subarray(wrappedEnd, bytes.length - tagBytes),
    tag: bytes.subarray(bytes.length - tagBytes),
  };
}

function oaep(label: string) {
  return {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha256',
    oaepLabel: Buffer.from(label),
  };
}
