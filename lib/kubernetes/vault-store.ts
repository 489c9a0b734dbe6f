import { Construct } from 'constructs';
import {
  ClusterSecretStore,
  ClusterSecretStoreSpecProviderVaultCaProviderType as ClusterCaProviderType,
  type ClusterSecretStoreSpecProviderVault,
  ClusterSecretStoreSpecProviderVaultVersion as ClusterKvVersion,
  SecretStore,
  type SecretStoreSpecProviderVault,
  SecretStoreSpecProviderVaultCaProviderType as CaProviderType,
  SecretStoreSpecProviderVaultVersion as KvVersion,
} from '../../imports/external-secrets.io';
import { awaitReady } from './await-ready';
import { type DeclaredWorkload, declaredWorkload, type VaultWorkloadProps } from './declared-workload';
import { tokenAudiences } from './token-audiences';
import type { CaConfigMap, VaultCertificateAuthority } from './vault-ca';
import type { IWorkloadIdentity } from './workload-identity';

/** Where the operator reads values, and as whom. */
export interface IVaultStore {
  readonly kind: 'ClusterSecretStore' | 'SecretStore';
  readonly name: string;
}

/** See {@link VaultStore}. */
export interface VaultStoreProps extends VaultWorkloadProps {
  readonly identity: IWorkloadIdentity;
  readonly certificateAuthority: VaultCertificateAuthority;
}

/**
 * A ClusterSecretStore, or a SecretStore, that reads Vault as one workload and serves that workload's namespace only.
 */
export class VaultStore extends Construct implements IVaultStore {
  /** A store that exists already. */
  static fromVaultStoreName(kind: IVaultStore['kind'], name: string): IVaultStore {
    return { kind, name };
  }

  readonly kind: IVaultStore['kind'];
  readonly name: string;

  constructor(scope: Construct, id: string, props: VaultStoreProps) {
    super(scope, id);
    const { catalog, delivery } = props.environment;
    const workload = declaredWorkload(catalog, props.workload);
    this.kind = delivery.storeKind;
    this.name = workload.names.store;
    const ca = props.certificateAuthority.configMapFor(workload.namespace);
    if (this.kind === 'SecretStore') {
      this.makeStore(workload, props, ca);
    } else {
      this.makeClusterStore(workload, props, ca);
    }
  }

  private makeStore(workload: DeclaredWorkload, props: VaultStoreProps, ca: CaConfigMap | undefined): void {
    const vault: SecretStoreSpecProviderVault = {
      ...server(props),
      version: KvVersion.V2,
      auth: { kubernetes: login(workload, props) },
      ...(ca ? { caProvider: { type: CaProviderType.CONFIG_MAP, ...ca } } : {}),
    };
    new SecretStore(this, 'Resource', {
      metadata: { name: this.name, namespace: workload.namespace, annotations: awaitReady },
      spec: { provider: { vault } },
    });
  }

  private makeClusterStore(workload: DeclaredWorkload, props: VaultStoreProps, ca: CaConfigMap | undefined): void {
    const kubernetes = login(workload, props);
    const { namespace } = props.identity;
    const vault: ClusterSecretStoreSpecProviderVault = {
      ...server(props),
      version: ClusterKvVersion.V2,
      // Without a namespace the operator would take the service account of that name from wherever the store is used.
      auth: { kubernetes: { ...kubernetes, serviceAccountRef: { ...kubernetes.serviceAccountRef, namespace } } },
      ...(ca ? { caProvider: { type: ClusterCaProviderType.CONFIG_MAP, ...ca } } : {}),
    };
    new ClusterSecretStore(this, 'Resource', {
      metadata: { name: this.name, annotations: awaitReady },
      spec: { conditions: [{ namespaces: [workload.namespace] }], provider: { vault } },
    });
  }
}

function server({ environment }: VaultStoreProps): { server: string; path: string } {
  const { address, mount } = environment.delivery.vault;
  return { server: address, path: mount };
}

function login({ names }: DeclaredWorkload, { environment, identity }: VaultStoreProps) {
  const { auth } = environment.delivery.vault;
  return {
    mountPath: auth.mount,
    role: names.vaultRole,
    serviceAccountRef: { name: identity.serviceAccountName, audiences: tokenAudiences(auth) },
  };
}
