import type { GithubActionsDelivery } from '../catalog';
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

/** What holds the secrets: a repository, or one of its deployment environments. */
export type CiPlace = Pick<GithubActionsDelivery, 'repository' | 'environment'>;

/**
 * Path of the secrets in GitHub's REST API
 * (https://docs.github.com/en/rest/actions/secrets; a repository and an environment have the same calls).
 */
export function secretsPath({ repository, environment }: CiPlace): string {
  return environment === undefined
    ? `repos/${repository}/actions/secrets`
    : `repos/${repository}/environments/${encodeURIComponent(environment)}/secrets`;
}

/** `owner/name`, or `environment "staging" of owner/name`, for messages. */
export function describePlace({ repository, environment }: CiPlace): string {
  return environment === undefined ? repository : `environment "${environment}" of ${repository}`;
}
