import { readFile } from 'node:fs/promises';
import { reasonOf } from '../../../error-reason';
import { VaultClient } from '../../../vault/client';
import { isTrue, type PropertyMap, textOf } from '../values';

/** Arguments of the provider that reach Vault here. */
const carried = [
  'address',
  'caCertFile',
  'maxLeaseTtlSeconds',
  'maxRetries',
  'skipChildToken',
  'skipGetVaultVersion',
  'skipTlsVerify',
  'token',
  'tokenName',
  'vaultVersionOverride',
  'version',
];

/**
 * The client that the arguments of the provider and the environment describe: VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT
 * (https://registry.terraform.io/providers/hashicorp/vault/latest/docs#provider-arguments). Like the published plugin it
 * looks its token up first, and works with a child of it unless `skipChildToken` is set.
 * @throws Error on an argument that is missing or not carried, and VaultError when Vault refuses the token
 */
export async function configureVault(config: PropertyMap, environment = process.env): Promise<VaultClient> {
  const refused = Object.keys(config).filter((name) => !carried.includes(name));
  if (refused.length > 0 || isTrue(config.skipTlsVerify)) {
    const names = refused.length > 0 ? refused.join(', ') : 'skipTlsVerify';
    throw new Error(
      `the stand-in for the vault provider does not carry ${names}; it carries ${carried.join(', ')}, and trusts ` +
        `a private certificate authority by caCertFile`,
    );
  }
  const address = textOf(config.address) || environment.VAULT_ADDR;
  const token = textOf(config.token) || environment.VAULT_TOKEN;
  if (!address || !token) {
    const missing = address
      ? 'token: set the VAULT_TOKEN environment variable'
      : 'address: set vault:address or VAULT_ADDR';
    throw new Error(`the vault provider has no ${missing}`);
  }
  const caCertFile = textOf(config.caCertFile) || environment.VAULT_CACERT;
  const caCert = caCertFile ? await readCertificate(caCertFile) : undefined;
  const client = new VaultClient({ address, token, ...(caCert === undefined ? {} : { caCert }) });
  await client.read('auth/token/lookup-self');
  return isTrue(config.skipChildToken) ? client : await withChildToken(client, config);
}

async function readCertificate(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`the vault provider cannot read caCertFile ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

async function withChildToken(parent: VaultClient, config: PropertyMap): Promise<VaultClient> {
  const seconds = Number(config.maxLeaseTtlSeconds ?? 1200);
  const { auth } = await parent.write('auth/token/create', {
    display_name: textOf(config.tokenName) || 'terraform',
    ttl: `${seconds}s`,
    explicit_max_ttl: `${seconds}s`,
    renewable: false,
  });
  if (!auth) {
    throw new Error('vault gave the provider no child token; set skipChildToken where its policy may not make one');
  }
  return parent.withToken(auth.client_token);
}
