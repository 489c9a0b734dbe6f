import { createHash, randomBytes } from 'node:crypto';
import { type Problem, throwProblems } from '../../catalog';
import { SecretValue } from '../../values/secret-value';

const keyShape = /^[A-Za-z0-9_-]{43}=$/;
const keyIdDomain = 'nivesh-secrets/rotation/fernet-key-id/v1\0';

/**
 * A list of Fernet keys as `MultiFernet` and Airflow take it: all decrypt, the first one encrypts
 * (https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/fernet.html#rotating-encryption-keys).
 * The keys have no ids of their own; here they go by the beginning of a hash.
 */
export class FernetKeys {
  readonly #keys: ReadonlyMap<string, string>;

  private constructor(keys: ReadonlyMap<string, string>) {
    this.#keys = keys;
  }

  /**
   * @param path of the field, for problems
   * @throws DeclarationError that says which key is not one, and shows none
   */
  static parse(path: string, text: string): FernetKeys {
    const keys = text.split(',');
    throwProblems(
      'the list of Fernet keys',
      keys.flatMap((key, index): Problem[] => (isKey(key) ? [] : [notAKey(`${path}.${index}`, key)])),
    );
    return new FernetKeys(new Map(keys.map((key) => [idOf(key), key])));
  }

  get active(): string {
    return this.keyIds[0] ?? '';
  }

  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** A fresh key behind the others, which only decrypts. */
  withNewKey(): { readonly keyring: FernetKeys; readonly keyId: string } {
    const key = `${randomBytes(32).toString('base64url')}=`;
    const keyId = idOf(key);
    return { keyring: new FernetKeys(new Map([...this.#keys, [keyId, key]])), keyId };
  }

  /** A key before the others, so that it encrypts. */
  withActive(id: string): FernetKeys {
    const [first, others] = [
      [...this.#keys].filter(([key]) => key === id),
      [...this.#keys].filter(([key]) => key !== id),
    ];
    return new FernetKeys(new Map([...first, ...others]));
  }

  without(id: string): FernetKeys {
    return new FernetKeys(new Map([...this.#keys].filter(([key]) => key !== id)));
  }

  serialize(): SecretValue {
    return new SecretValue([...this.#keys.values()].join(','));
  }
}

/** 32 bytes in URL-safe base64 with padding (https://github.com/fernet/spec/blob/master/Spec.md#key-format). */
function isKey(key: string): boolean {
  return keyShape.test(key) && Buffer.from(key, 'base64url').length === 32;
}

function idOf(key: string): string {
  return createHash('sha256').update(keyIdDomain).update(key).digest('hex').slice(0, 8);
}

function notAKey(path: string, key: string): Problem {
  return {
    path,
    what: 'not a Fernet key',
    got: `${key.length} characters`,
    allowed: '43 characters of A-Z a-z 0-9 - _ and "=", several keys separated by commas',
    fix: 'restore the value from the version of the secret that had it',
  };
}
