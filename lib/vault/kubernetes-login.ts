import { readFile } from 'node:fs/promises';
import { reasonOf } from '../error-reason';
import { VaultClient, type VaultConnection, VaultError } from './client';

/** See {@link kubernetesLogin}. */
export interface KubernetesLoginOptions {
  readonly connection: VaultConnection;
  /** Mount of the Kubernetes auth method. */
  readonly mount: string;
  readonly role: string;
  /** File with a token of the pod's service account, for the audience of the role. */
  readonly jwtFile: string;
  /** @default - the system's clock */
  readonly now?: () => number;
}

/**
 * Logs in as the service account of a pod (https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#login), and
 * again when two thirds of the token's life are over: these tokens cannot be renewed beyond it.
 * @returns gives a token that is valid now
 */
export function kubernetesLogin(options: KubernetesLoginOptions): () => Promise<string> {
  const { now = Date.now } = options;
  let current: Promise<Login> | undefined;
  let until = 0;
  return async () => {
    if (!current || until <= now()) {
      // Whoever asks while this goes on waits for the same answer.
      until = Infinity;
      current = login(options, now());
      current.then(
        (done) => (until = done.until),
        () => (current = undefined),
      );
    }
    return (await current).token;
  };
}

interface Login {
  readonly token: string;
  readonly until: number;
}

async function login({ connection, mount, role, jwtFile }: KubernetesLoginOptions, now: number): Promise<Login> {
  const jwt = await readFile(jwtFile, 'utf8').catch((error: unknown) => {
    throw new VaultError(`the token to log in to Vault with cannot be read: ${reasonOf(error)}`, 0);
  });
  const client = new VaultClient(connection);
  try {
    const { auth } = await client.write(`auth/${mount}/login`, { role, jwt: jwt.trim() });
    if (!auth) {
      throw new VaultError(`vault gave no token for role ${role}`, 0);
    }
    return { token: auth.client_token, until: now + (auth.lease_duration * 1000 * 2) / 3 };
  } finally {
    await client.close();
  }
}
