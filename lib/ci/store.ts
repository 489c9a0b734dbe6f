import type { SecretValue } from '../values/secret-value';

/** A secret as GitHub shows it: never its value. */
export interface StoredSecret {
  readonly name: string;
  readonly updatedAt: Date;
}

/** Where the secrets of GitHub Actions are kept, by whichever way it is reached. */
export interface CiStore {
  /** How it is reached, for messages. */
  readonly description: string;
  list(): Promise<StoredSecret[]>;
  set(name: string, value: SecretValue): Promise<void>;
}

/** Largest secret that GitHub takes (https://docs.github.com/en/actions/reference/security/secrets#limits-for-secrets). */
export const largestSecretBytes = 48 * 1024;
