import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { parseStackSettings, stackConfigNamespace, type StackSettings } from '../operators/stack-settings';
import type { VaultConnection } from '../vault/client';
import type { VaultEnvironment } from '../kubernetes/environment-chart';

/**
 * The settings of the running stack.
 * @throws DeclarationError with every problem at once
 */
export function readStackSettings(stack: string): StackSettings {
  const prefix = `${stackConfigNamespace}:`;
  const config = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  return parseStackSettings(stack, Object.fromEntries(config), {
    read: (path) => readFileSync(path, 'utf8'),
    resolve: (path) => resolve(projectFolder(), path),
  });
}

/** The folder of Pulumi.yaml. The Automation API has none for inline programs: their folder is the current one. */
function projectFolder(): string {
  const root = pulumi.getRootDirectory();
  return isAbsolute(root) ? root : process.cwd();
}

/**
 * How the program itself reaches Vault: as the Vault provider does, with the token of the environment
 * (`VAULT_TOKEN`, or `~/.vault-token` after `vault login`), which is no input of any resource.
 * @throws RunError if there is no token
 */
export function vaultConnection(
  environment: VaultEnvironment,
  settings: StackSettings,
  { VAULT_TOKEN, VAULT_CACERT, VAULT_NAMESPACE }: NodeJS.ProcessEnv,
): VaultConnection {
  const token = (VAULT_TOKEN ?? readOptional(join(homedir(), '.vault-token')))?.trim();
  if (token === undefined || token === '') {
    throw new pulumi.RunError(
      'there is no Vault token, allowed: VAULT_TOKEN in the environment; set it, or run "vault login"',
    );
  }
  const caCertFile = settings.vaultCaCertFile ?? VAULT_CACERT;
  return {
    address: environment.delivery.vault.address,
    token,
    ...(caCertFile === undefined ? {} : { caCert: readCertificate(caCertFile) }),
    ...(VAULT_NAMESPACE === undefined ? {} : { namespace: VAULT_NAMESPACE }),
  };
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readCertificate(path: string): string {
  const text = readOptional(path);
  if (text === undefined) {
    throw new pulumi.RunError(`the certificate authority of Vault cannot be read, got "${path}"; correct VAULT_CACERT`);
  }
  return text;
}
