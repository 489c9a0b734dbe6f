import { readFile } from 'node:fs/promises';
import type { KubernetesAuthSettings } from '../catalog';
import { reasonOf } from '../error-reason';
import { SecretValue } from '../values/secret-value';
import type { VaultClient } from './client';
import { kubernetesAuthConfig } from './kubernetes-auth-config';

/** What brings the reviewer's token to Vault, outside of Pulumi. */
export interface TokenReviewerHooks {
  /** Fails if there is no token, before anything is changed. */
  readonly check: () => Promise<void>;
  /** Writes the token. Vault forgets it whenever its configuration is written. */
  readonly write: () => Promise<void>;
}

/** Variable that names the file with the token of the reviewer. */
export const tokenReviewerFileVariable = 'VAULT_TOKEN_REVIEWER_JWT_FILE';

/**
 * Reads the token with which Vault reviews others.
 * @param file what `VAULT_TOKEN_REVIEWER_JWT_FILE` names
 * @throws Error in one line, with the fix
 */
export async function readTokenReviewer(file: string | undefined): Promise<SecretValue> {
  const fix =
    `set ${tokenReviewerFileVariable} to a file with the token of a service account that is bound to ` +
    'system:auth-delegator, or choose the reviewer client-jwt, which needs no token';
  if (file === undefined || file === '') {
    throw new Error(
      `the reviewer token-reviewer-jwt needs a token, and ${tokenReviewerFileVariable} is not set; ${fix}`,
    );
  }
  let token: string;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new Error(`${tokenReviewerFileVariable} names a file that cannot be read: ${reasonOf(error)}; ${fix}`);
  }
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$/.test(token)) {
    throw new Error(
      `${tokenReviewerFileVariable} names a file that holds no token, got ${token.length} characters, ` +
        `allowed: three parts joined by "."; ${fix}`,
    );
  }
  return new SecretValue(token);
}

/**
 * Gives Vault the token. It goes from the file to Vault directly: in a resource it would end up in the state.
 * The rest of the configuration is sent with it, because Vault replaces all of it at once.
 */
export async function writeTokenReviewer(
  client: VaultClient,
  auth: KubernetesAuthSettings,
  token: SecretValue,
): Promise<void> {
  const { kubernetesHost, kubernetesCaCert, disableLocalCaJwt, disableIssValidation } = kubernetesAuthConfig(auth);
  await client.write(`auth/${auth.mount}/config`, {
    kubernetes_host: kubernetesHost,
    ...(kubernetesCaCert === undefined ? {} : { kubernetes_ca_cert: kubernetesCaCert }),
    disable_local_ca_jwt: disableLocalCaJwt,
    disable_iss_validation: disableIssValidation,
    token_reviewer_jwt: token.reveal(),
  });
}

/** Whether the auth method is configured, but its reviewer's token was lost or never arrived. */
export async function lacksTokenReviewer(client: VaultClient, auth: KubernetesAuthSettings): Promise<boolean> {
  return (await readConfig(client, auth.mount))?.token_reviewer_jwt_set === false;
}

interface AuthConfigAnswer {
  readonly token_reviewer_jwt_set?: boolean;
}

async function readConfig(client: VaultClient, mount: string): Promise<AuthConfigAnswer | undefined> {
  const mounts = await client.read('sys/auth');
  return mounts && `${mount}/` in mounts ? await client.read<AuthConfigAnswer>(`auth/${mount}/config`) : undefined;
}
