import { Construct } from 'constructs';
import { ClusterSecretStore, SecretStore, type SecretStoreSpec } from '../../imports/external-secrets.io';
import { awaitReady } from './await-ready';
import { declaredWorkload, type VaultWorkloadProps } from './declared-workload';
import { storeSpec } from './store-spec';
import type { VaultCertificateAuthority } from './vault-ca';
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
    const { environment, identity, certificateAuthority } = props;
    const { namespace, names } = declaredWorkload(environment.catalog, props.workload);
    this.kind = environment.delivery.storeKind;
    this.name = names.store;
    certificateAuthority.provideFor(namespace);
    const spec = storeSpec(environment.delivery, {
      namespace: identity.namespace,
      serviceAccountName: identity.serviceAccountName,
      vaultRole: names.vaultRole,
    });
    if (this.kind === 'SecretStore') {
      new SecretStore(this, 'Resource', {
        metadata: { name: this.name, namespace, annotations: awaitReady },
        // Only the names of the generated enumerations differ between the two kinds.
        spec: spec as unknown as SecretStoreSpec,
      });
    } else {
      new ClusterSecretStore(this, 'Resource', { metadata: { name: this.name, annotations: awaitReady }, spec });
    }
  }
}
