import {
  ClusterSecretStoreSpecProviderVaultCaProviderType as CaProviderType,
  type ClusterSecretStoreSpec,
  ClusterSecretStoreSpecProviderVaultVersion as KvVersion,
} from '../../imports/external-secrets.io';
import type { ExternalSecretsDelivery } from '../catalog';
import { tokenAudiences } from './token-audiences';
import { caConfigMap } from './vault-ca';

/** As whom a store logs in, and whom it serves. */
export interface StoreLogin {
  /** Namespace of the workload and of its service account. */
  readonly namespace: string;
  readonly serviceAccountName: string;
  readonly vaultRole: string;
}

/** A store that reads Vault as one workload; a cluster-wide one serves that workload's namespace only. */
export function storeSpec(delivery: ExternalSecretsDelivery, login: StoreLogin): ClusterSecretStoreSpec {
  const { vault, storeKind } = delivery;
  const { namespace, serviceAccountName, vaultRole } = login;
  const isClusterWide = storeKind === 'ClusterSecretStore';
  const ca = caConfigMap(delivery);
  return {
    ...(isClusterWide ? { conditions: [{ namespaces: [namespace] }] } : {}),
    provider: {
      vault: {
        server: vault.address,
        path: vault.mount,
        version: KvVersion.V2,
        ...(ca ? { caProvider: { type: CaProviderType.CONFIG_MAP, ...ca } } : {}),
        auth: {
          kubernetes: {
            mountPath: vault.auth.mount,
            role: vaultRole,
            serviceAccountRef: {
              name: serviceAccountName,
              // Without it, a cluster-wide store takes the service account of that name from wherever it is used.
              ...(isClusterWide ? { namespace } : {}),
              audiences: tokenAudiences(vault.auth),
            },
          },
        },
      },
    },
  };
}
