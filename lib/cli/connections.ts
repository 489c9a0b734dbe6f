import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Environment, type ExternalSecretsDelivery, usesExternalSecrets } from '../catalog';
import { KubernetesClient } from '../kubernetes/client';
import { reasonOf, VaultClient } from '../vault/client';
import { environmentError, usageError } from './errors';

/**
 * An environment that is delivered from Vault.
 * @throws CliError for the others
 */
export function requireVault(environment: Environment): Environment<ExternalSecretsDelivery> {
  if (!usesExternalSecrets(environment)) {
    throw usageError(
      `environment "${environment.name}" has no Vault, its values are delivered by ${environment.delivery.type}`,
      'choose an environment with externalSecrets(...) as its delivery',
    );
  }
  return environment;
}

/**
 * Vault of an environment, with the variables of Vault's own command line: `VAULT_ADDR` and `VAULT_CACERT` go before the
 * environment's settings; the token comes from `VAULT_TOKEN` or `~/.vault-token`.
 */
export async function connectVault(environment: Environment<ExternalSecretsDelivery>): Promise<VaultClient> {
  const { vault } = environment.delivery;
  const token = process.env.VAULT_TOKEN ?? (await readOptional(join(homedir(), '.vault-token')));
  if (token === undefined || token.trim() === '') {
    throw environmentError('there is no Vault token', 'set VAULT_TOKEN, or run "vault login"');
  }
  const caFile = process.env.VAULT_CACERT;
  const caCert = caFile === undefined ? certificateOf(vault.ca) : await readFileOrThrow(caFile, 'VAULT_CACERT');
  return new VaultClient({
    address: (process.env.VAULT_ADDR ?? vault.address).replace(/\/$/, ''),
    token: token.trim(),
    ...(caCert === undefined ? {} : { caCert }),
    ...(process.env.VAULT_NAMESPACE === undefined ? {} : { namespace: process.env.VAULT_NAMESPACE }),
  });
}

/** The cluster of a kubeconfig, as kubectl chooses it. */
export async function connectKubernetes(options: { kubeconfig?: string; context?: string }): Promise<KubernetesClient> {
  return await KubernetesClient.fromKubeconfig(options.kubeconfig, options.context);
}

function certificateOf(ca: ExternalSecretsDelivery['vault']['ca']): string | undefined {
  return ca.type === 'certificate' ? ca.pem : undefined;
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function readFileOrThrow(file: string, variable: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw environmentError(`${variable} names a file that cannot be read: ${reasonOf(error)}`, `correct ${variable}`);
  }
}
