import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Problem, throwProblems } from '../catalog/problems';
import { SecretValue } from '../values/secret-value';
import { fromEncryptionKey, keyIdOf, type KeyringContent, parseKeyring, readLegacyKey } from './keyring-document';
import { legacyKeyId } from './legacy';

/** The variables that {@link Keyring.fromEnvironment} reads. */
export interface EncryptionEnvironment {
  readonly ENCRYPTION_KEYRING?: string | undefined;
  readonly ENCRYPTION_KEY?: string | undefined;
}

/**
 * The encryption keys of one process: one encrypts, all decrypt. It does not change; {@link withNewKey},
 * {@link withActive} and {@link without} give the keyring of a rotation's next phase.
 */
export class Keyring {
  readonly #content: KeyringContent;
  /** The key that encrypts. */
  readonly activeKey: KeyObject;

  private constructor(content: KeyringContent) {
    const activeKey = content.keys.get(content.active);
    if (activeKey === undefined) {
      throw new RangeError(`unreachable: the keyring has no key ${content.active}`);
    }
    this.#content = content;
    this.activeKey = activeKey;
  }

  /** A keyring with one fresh key, for a service that has no data yet. */
  static create(): Keyring {
    const key = createSecretKey(randomBytes(32));
    const id = keyIdOf(key);
    return new Keyring({ active: id, keys: new Map([[id, key]]), refersToLegacy: false });
  }

  /**
   * Reads a keyring as {@link serialize} writes it.
   * @param encryptionKey the old key, for a keyring that refers to it @default - the keyring has all of its keys inside
   * @throws DeclarationError that lists every mistake; no message holds a key
   */
  static parse(json: string, encryptionKey?: SecretValue): Keyring {
    return Keyring.#parse('keyring', json, encryptionKey?.reveal());
  }

  /**
   * Reads `ENCRYPTION_KEYRING`, which says which keys there are where it is set; it may refer to `ENCRYPTION_KEY` for the
   * old one, and then both must be of one version of the secret. Without it, `ENCRYPTION_KEY` becomes the one key, of id
   * `legacy`: reads and writes stay as they were before there were key ids.
   * @throws DeclarationError that lists every mistake; no message holds a key
   */
  static fromEnvironment(environment: EncryptionEnvironment = process.env): Keyring {
    const { ENCRYPTION_KEYRING: keyring, ENCRYPTION_KEY: legacy } = environment;
    if (keyring !== undefined) {
      return Keyring.#parse('ENCRYPTION_KEYRING', keyring, legacy);
    }
    const keys = new Map<string, KeyObject>();
    const problem = legacy === undefined ? missing : readLegacyKey('ENCRYPTION_KEY', legacy, keys);
    throwProblems('the environment', problem === undefined ? [] : [problem]);
    return new Keyring({ active: legacyKeyId, keys, refersToLegacy: false });
  }

  static #parse(path: string, json: string, encryptionKey: string | undefined): Keyring {
    const { content, problems } = parseKeyring(path, json, encryptionKey);
    throwProblems('the keyring', problems);
    return new Keyring(content);
  }

  /** Id of the key that encrypts. */
  get active(): string {
    return this.#content.active;
  }

  /** Ids of all keys, sorted: JSON moves an id of digits to the front. For health pages and reports. */
  get keyIds(): readonly string[] {
    return [...this.#content.keys.keys()].sort();
  }

  /** A key by its id, for {@link FieldCipher}. */
  key(id: string): KeyObject | undefined {
    return this.#content.keys.get(id);
  }

  /** First phase: a fresh key that only decrypts. Deliver it to every process before it becomes active. */
  withNewKey(): { readonly keyring: Keyring; readonly keyId: string } {
    const key = createSecretKey(randomBytes(32));
    const keyId = keyIdOf(key);
    if (this.#content.keys.has(keyId)) {
      return this.withNewKey();
    }
    const keys = new Map([...this.#content.keys, [keyId, key]]);
    return { keyring: new Keyring({ ...this.#content, keys }), keyId };
  }

  /**
   * Second phase: another key encrypts from now on.
   * @throws DeclarationError when the keyring lacks it
   */
  withActive(id: string): Keyring {
    this.#require(id);
    return new Keyring({ ...this.#content, active: id });
  }

  /**
   * Last phase, after no stored text uses a key: the keyring without it.
   * @throws DeclarationError for the active key and for one that the keyring lacks
   */
  without(id: string): Keyring {
    this.#require(id);
    throwProblems('the keyring', id === this.active ? [stillActive(id)] : []);
    return new Keyring({
      ...this.#content,
      keys: new Map([...this.#content.keys].filter(([other]) => other !== id)),
    });
  }

  /**
   * The JSON for `ENCRYPTION_KEYRING`. A keyring that was read with a reference to `ENCRYPTION_KEY` keeps it.
   * @param options.inline writes every key into it @default false
   */
  serialize({ inline = false }: { readonly inline?: boolean } = {}): SecretValue {
    const keys = [...this.#content.keys].map(([id, key]): [string, string | typeof fromEncryptionKey] => [
      id,
      id === legacyKeyId && this.#content.refersToLegacy && !inline
        ? fromEncryptionKey
        : key.export().toString(id === legacyKeyId ? 'utf8' : 'base64url'),
    ]);
    return new SecretValue(JSON.stringify({ active: this.active, keys: Object.fromEntries(keys) }));
  }

  toJSON(): { readonly active: string; readonly keyIds: readonly string[] } {
    return { active: this.active, keyIds: this.keyIds };
  }

  #require(id: string): void {
    const problem: Problem = {
      path: 'keyring',
      what: 'there is no such key',
      got: JSON.stringify(id.slice(0, 16)),
      allowed: this.keyIds.join(', '),
      fix: 'name one of its keys',
    };
    throwProblems('the keyring', this.#content.keys.has(id) ? [] : [problem]);
  }
}

const missing: Problem = {
  path: 'ENCRYPTION_KEYRING',
  what: 'there is no encryption key',
  got: 'neither ENCRYPTION_KEYRING nor ENCRYPTION_KEY',
  allowed: 'the JSON of a keyring, or an ENCRYPTION_KEY of at least 32 ASCII characters',
  fix: "deliver the catalog's value to this process",
};

function stillActive(id: string): Problem {
  return {
    path: 'keyring.active',
    what: 'the active key cannot be removed',
    got: id,
    allowed: 'a key that only decrypts',
    fix: 'make another key active, and re-encrypt what is stored (nivesh-secrets reencrypt)',
  };
}
