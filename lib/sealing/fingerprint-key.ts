import { createCipheriv, createDecipheriv, createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { SealingScope } from '../catalog';
import type { SecretValue } from '../values/secret-value';

const keyBytes = 32;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
/** 128 of HMAC-SHA256's 256 bits (RFC 2104, section 5). */
const fingerprintBytes = 16;
/** 4 MiB and about 0.01 s a guess (RFC 7914), on top of a value that nobody can guess in the first place. */
const stretch = { N: 2 ** 12, r: 8, p: 1 };

/** What a fingerprint binds a value to. */
export interface FingerprintContext {
  readonly scope: SealingScope;
  /** See `encryptionLabel`. */
  readonly label: string;
  readonly variable: string;
  /** Identifier of the certificate. */
  readonly certificate: string;
  /** The sealed value itself, so that one that somebody put in its place is noticed. */
  readonly sealed: string;
}

/**
 * The key of a sealed file's fingerprints. It says whether a value changed without showing what it is: whoever has the
 * repository only cannot test a guess. It is kept nowhere but in the file itself, encrypted under values that nobody
 * can guess, so whoever seals again, on any machine, has it: see docs/decisions/0007-sealing-fingerprints.md.
 */
export class FingerprintKey {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  static generate(): FingerprintKey {
    return new FingerprintKey(randomBytes(keyBytes));
  }

  /** The key inside a slot, if this is the value that the slot was made with. */
  static open(slot: string, value: SecretValue): FingerprintKey | undefined {
    const bytes = Buffer.from(slot, 'base64url');
    if (bytes.length !== saltBytes + nonceBytes + keyBytes + tagBytes) {
      return undefined;
    }
    const salt = bytes.subarray(0, saltBytes);
    const nonce = bytes.subarray(saltBytes, saltBytes + nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(value, salt), nonce, { authTagLength: tagBytes });
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    try {
      return new FingerprintKey(
        Buffer.concat([decipher.update(bytes.subarray(saltBytes + nonceBytes, -tagBytes)), decipher.final()]),
      );
    } catch {
      return undefined;
    }
  }

  /** This key, encrypted under a value. Only for values that nobody can guess. */
  slotFor(value: SecretValue): string {
    const salt = randomBytes(saltBytes);
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', wrappingKey(value, salt), nonce);
    return Buffer.concat([salt, nonce, cipher.update(this.#key), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  /** Keyed hash of a value and of what was made of it, 22 characters. */
  fingerprint(context: FingerprintContext, value: SecretValue): string {
    const { scope, label, variable, certificate, sealed } = context;
    const parts = [scope, label, variable, certificate, sealed, value.reveal()].flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    });
    const hmac = createHmac('sha256', this.#key).update(Buffer.concat(parts));
    return hmac.digest().subarray(0, fingerprintBytes).toString('base64url');
  }

  /** Whether a fingerprint is of this value, under this key. */
  matches(fingerprint: string, context: FingerprintContext, value: SecretValue): boolean {
    const expected = Buffer.from(this.fingerprint(context, value));
    const given = Buffer.from(fingerprint);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }
}

function wrappingKey(value: SecretValue, salt: Buffer): Buffer {
  return scryptSync(value.reveal(), salt, keyBytes, stretch);
}
