import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment, ExternalSecretsDelivery } from '../catalog';
import { reasonOf } from '../error-reason';
import { KubernetesClient } from '../kubernetes/client';
import { readKubeconfig, readServiceAccount } from '../kubernetes/connection';
import { VaultClient, type VaultConnection } from '../vault/client';
import { kubernetesLogin } from '../vault/kubernetes-login';
import { environmentError } from './errors';

/** Where a pod finds the token that it logs in to Vault with, unless `VAULT_JWT_FILE` says otherwise. */
export const defaultJwtFile = '/var/run/secrets/vault/token';

/**
 * Vault of an environment, with the variables of Vault's own command line: `VAULT_ADDR` and `VAULT_CACERT` go before the
 * environment's settings; the token comes from `VAULT_TOKEN` or `~/.vault-token`. In a pod, `VAULT_ROLE` names a role of
 * the Kubernetes auth method, and `VAULT_JWT_FILE` the projected token to log in with.
 */
export async function connectVault(environment: Environment<ExternalSecretsDelivery>): Promise<VaultClient> {
  const { vault } = environment.delivery;
  const { VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE } = variables();
  const caCert = VAULT_CACERT === undefined ? certificateOf(vault.ca) : await readFileOrThrow(VAULT_CACERT);
  const connection = {
    address: (VAULT_ADDR ?? vault.address).replace(/\/$/, ''),
    ...(caCert === undefined ? {} : { caCert }),
    ...(VAULT_NAMESPACE === undefined ? {} : { namespace: VAULT_NAMESPACE }),
  };
  return new VaultClient({ ...connection, ...(await credentialsOf(environment, connection)) });
}

async function credentialsOf(
  environment: Environment<ExternalSecretsDelivery>,
  connection: VaultConnection,
): Promise<Pick<VaultConnection, 'token' | 'login'>> {
  const { VAULT_TOKEN, VAULT_ROLE, VAULT_JWT_FILE = defaultJwtFile } = variables();
  if (VAULT_TOKEN === undefined && VAULT_ROLE !== undefined) {
    const { mount } = environment.delivery.vault.auth;
    return { login: kubernetesLogin({ connection, mount, role: VAULT_ROLE, jwtFile: VAULT_JWT_FILE }) };
  }
  const token = (VAULT_TOKEN ?? (await readOptional(join(homedir(), '.vault-token'))) ?? '').trim();
  if (token === '') {
    throw environmentError('there is no Vault token', 'set VAULT_TOKEN, or run "vault login"');
  }
  return { token };
}

/** An empty variable counts as none, as for Vault's own command line. */
function variables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
}

/** The cluster of a kubeconfig, as kubectl chooses it; in a pod without one, the pod's own cluster. */
export async function connectKubernetes(options: { kubeconfig?: string; context?: string }): Promise<KubernetesClient> {
  const chosen = options.kubeconfig ?? options.context ?? process.env.KUBECONFIG;
  const own = chosen === undefined ? await readServiceAccount() : undefined;
  return new KubernetesClient(own ?? (await readKubeconfig(options.kubeconfig, options.context)));
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

async function readFileOrThrow(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw environmentError(`VAULT_CACERT names a file that cannot be read: ${reasonOf(error)}`, 'correct VAULT_CACERT');
  }
}
