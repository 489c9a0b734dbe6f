import type { Environment, ExternalSecretsDelivery } from '../catalog';
import { VaultClient, type VaultConnection } from './client';
import { findMount, mountAction } from './secrets-mount';
import { lacksTokenReviewer, readTokenReviewer, type TokenReviewerHooks, writeTokenReviewer } from './token-reviewer';

/** See {@link prepareVault}. */
export interface PrepareVaultOptions {
  /** Whether to take over a mount that was made elsewhere. */
  readonly adoptMount: boolean;
  /** Whether nothing may be changed. */
  readonly preview: boolean;
  /** File with the reviewer's token, see {@link readTokenReviewer}. */
  readonly tokenReviewerFile?: string | undefined;
}

/** What a stack must know about Vault before it declares its resources. */
export interface PreparedVault {
  readonly takeOverMount: boolean;
  /** Set with the reviewer `token-reviewer-jwt`. */
  readonly tokenReviewer?: TokenReviewerHooks;
}

/**
 * Looks at Vault before a stack is deployed. It changes nothing, with one exception: a reviewer's token that Vault has
 * lost is written again, because no resource could see that it is missing.
 * @throws VaultError if Vault cannot be reached, or refuses
 * @throws DeclarationError if the mount cannot be used
 */
export async function prepareVault(
  environment: Environment<ExternalSecretsDelivery>,
  connection: VaultConnection,
  { adoptMount, preview, tokenReviewerFile }: PrepareVaultOptions,
): Promise<PreparedVault> {
  const { auth, mount } = environment.delivery.vault;
  const check = async (): Promise<void> => {
    await readTokenReviewer(tokenReviewerFile);
  };
  const write = async (): Promise<void> => {
    const token = await readTokenReviewer(tokenReviewerFile);
    await withClient(connection, async (client) => {
      await writeTokenReviewer(client, auth, token);
    });
  };
  return await withClient(connection, async (client) => {
    const existing = await findMount(client, mount);
    const takeOverMount = mountAction(mount, environment.catalog.name, existing, adoptMount) === 'import';
    if (auth.reviewer !== 'token-reviewer-jwt') {
      return { takeOverMount };
    }
    if (!preview && (await lacksTokenReviewer(client, auth))) {
      await write();
    }
    return { takeOverMount, tokenReviewer: { check, write } };
  });
}

async function withClient<T>(connection: VaultConnection, use: (client: VaultClient) => Promise<T>): Promise<T> {
  const client = new VaultClient(connection);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
