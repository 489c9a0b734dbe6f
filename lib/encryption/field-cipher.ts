import type { KeyObject } from 'node:crypto';
import { throwProblems } from '../catalog/problems';
import { bindingOf, type FieldContext, isWellFormed } from './context';
import { DecryptionError } from './decryption-error';
import type { Keyring } from './keyring';
import { decryptLegacy, encryptLegacy, legacyKeyId, parseLegacy } from './legacy';
import { decryptVersioned, encryptVersioned, parseVersioned, version } from './versioned';

/** A stored text whose format is known. */
interface Sealed {
  readonly keyId: string;
  readonly open: () => Buffer;
}

/**
 * Encrypts single fields of database rows with AES-256-GCM under the keyring's active key, bound to table, column and
 * primary key; decrypts under whichever key the stored text names, also the format from before there were key ids.
 * A key should encrypt fewer than 2^32 values (NIST SP 800-38D section 8.3): rotate it before.
 */
export class FieldCipher {
  readonly keyring: Keyring;

  constructor(keyring: Keyring) {
    this.keyring = keyring;
  }

  /**
   * @returns text to store: `nv1:...`, or the old format while `legacy` is the active key
   * @throws DeclarationError when a part of the place is missing or the text is not one
   */
  encrypt(plaintext: string | Uint8Array, context: FieldContext): string {
    const bytes = toBytes(plaintext);
    const { active, activeKey: key } = this.keyring;
    // The old format is bound to no place; a mistake in the place is found nevertheless, before a rotation depends on it.
    const binding = bindingOf(version, active, context);
    return active === legacyKeyId ? encryptLegacy(key, bytes) : encryptVersioned(active, key, bytes, binding);
  }

  /**
   * @param context the place that the text was encrypted for
   * @throws DecryptionError that says why
   */
  decrypt(stored: string, context: FieldContext): string {
    const { keyId, open } = this.#parse(stored, context);
    const bytes = open();
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new DecryptionError('not text', context, keyId);
    }
  }

  /** Like {@link decrypt}, for what is not text. */
  decryptBytes(stored: string, context: FieldContext): Buffer {
    return this.#parse(stored, context).open();
  }

  /**
   * The same plaintext under the active key.
   * @returns nothing when the active key encrypted it already, and that is proven by decrypting it
   * @throws DecryptionError that says why it cannot be decrypted
   */
  reencrypt(stored: string, context: FieldContext): string | undefined {
    const { keyId, open } = this.#parse(stored, context);
    const bytes = open();
    return keyId === this.keyring.active ? undefined : this.encrypt(bytes, context);
  }

  #parse(stored: string, context: FieldContext): Sealed {
    const text = typeof stored === 'string' ? stored : '';
    const versioned = parseVersioned(text);
    if (versioned) {
      const binding = bindingOf(version, versioned.keyId, context);
      return this.#sealed(versioned.keyId, context, (key) => decryptVersioned(versioned, key, binding));
    }
    const legacy = parseLegacy(text);
    if (legacy) {
      return this.#sealed(legacyKeyId, context, (key) => decryptLegacy(legacy, key));
    }
    throw new DecryptionError('malformed', context);
  }

  #sealed(keyId: string, context: FieldContext, decrypt: (key: KeyObject) => Buffer): Sealed {
    const open = () => {
      const key = this.keyring.key(keyId);
      if (key === undefined) {
        throw new DecryptionError('unknown key', context, keyId);
      }
      try {
        return decrypt(key);
      } catch {
        throw new DecryptionError('not authentic', context, keyId);
      }
    };
    return { keyId, open };
  }
}

function toBytes(plaintext: unknown): Uint8Array {
  if (plaintext instanceof Uint8Array) {
    return plaintext;
  }
  const problem = {
    path: 'plaintext',
    what: 'there is no text to encrypt',
    got: typeof plaintext === 'string' ? 'a text with half of a surrogate pair' : typeof plaintext,
    allowed: 'a well-formed text or bytes; store null as null',
    fix: 'write numbers and objects as text first',
  };
  throwProblems('an encrypted field', typeof plaintext === 'string' && isWellFormed(plaintext) ? [] : [problem]);
  return Buffer.from(String(plaintext), 'utf8');
}
