import type { VaultClient } from '../../vault/client';
import { type ResourceProvider, UnsupportedError } from './resource-provider';
import { serve } from './server';
import type { PropertyMap } from './values';
import { audit } from './vault/audit';
import { authBackend } from './vault/auth-backend';
import { configureVault } from './vault/configuration';
import { kubernetesAuthConfig } from './vault/kubernetes-auth-config';
import { kubernetesAuthRole } from './vault/kubernetes-auth-role';
import { kvConfig } from './vault/kv-config';
import { mount } from './vault/mount';
import { policy } from './vault/policy';
import { VaultResource } from './vault/resource';
import type { VaultResourceType } from './vault/resource-type';

/** Types of the published plugin that the stand-in carries. */
export const vaultTypes: Readonly<Record<string, VaultResourceType>> = {
  'vault:index/audit:Audit': audit,
  'vault:index/authBackend:AuthBackend': authBackend,
  'vault:index/mount:Mount': mount,
  'vault:index/policy:Policy': policy,
  'vault:kubernetes/authBackendConfig:AuthBackendConfig': kubernetesAuthConfig,
  'vault:kubernetes/authBackendRole:AuthBackendRole': kubernetesAuthRole,
  'vault:kv/secretBackendV2:SecretBackendV2': kvConfig,
};

/** Stand-in for the published `vault` plugin: the same resources, by Vault's HTTP interface. */
export class VaultProvider implements ResourceProvider {
  readonly name = 'vault';
  readonly version = '7.8.0';
  #client: VaultClient | undefined;

  async configure(config: PropertyMap): Promise<void> {
    this.#client = await configureVault(config);
  }

  resource(type: string): VaultResource {
    const found = vaultTypes[type];
    if (!found) {
      throw new UnsupportedError(
        `the stand-in for the vault provider does not carry ${type}; it carries ${Object.keys(vaultTypes).join(', ')}`,
      );
    }
    return new VaultResource(found, () => this.client());
  }

  private client(): VaultClient {
    if (!this.#client) {
      throw new Error('the vault provider has no address and token yet');
    }
    return this.#client;
  }
}

if (require.main === module) {
  void serve(new VaultProvider());
}
