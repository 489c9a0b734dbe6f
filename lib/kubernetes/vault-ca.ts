import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Environment, ExternalSecretsDelivery } from '../catalog';

/** Where stores read the certificate authority of Vault's certificate. */
export interface CaConfigMap {
  readonly name: string;
  readonly key: string;
  /** Not set for stores of a namespace, which may only read there. */
  readonly namespace?: string;
}

const made = { name: 'vault-ca', key: 'ca.crt' } as const;

/** The ConfigMap with the certificate authority; nothing where the operator's image trusts it already. */
export function caConfigMap({ vault, storeKind, operator }: ExternalSecretsDelivery): CaConfigMap | undefined {
  if (vault.ca.type === 'system') {
    return undefined;
  }
  const { name, key } = vault.ca.type === 'configMap' ? vault.ca : made;
  const namespace = vault.ca.type === 'configMap' ? vault.ca.namespace : operator.namespace;
  return { name, key, ...(storeKind === 'ClusterSecretStore' ? { namespace } : {}) };
}

/** See {@link VaultCertificateAuthority}. */
export interface VaultCertificateAuthorityProps {
  readonly environment: Environment<ExternalSecretsDelivery>;
}

/**
 * Where an environment declares the certificate itself, the ConfigMap that is made of it: one beside the operator for
 * cluster-wide stores, one in each namespace that has stores of its own.
 */
export class VaultCertificateAuthority extends Construct {
  private readonly delivery: ExternalSecretsDelivery;

  constructor(scope: Construct, id: string, props: VaultCertificateAuthorityProps) {
    super(scope, id);
    this.delivery = props.environment.delivery;
  }

  /** Makes sure that the stores for workloads of a namespace find what {@link caConfigMap} says. */
  provideFor(workloadNamespace: string): void {
    const { vault, storeKind, operator } = this.delivery;
    const namespace = storeKind === 'ClusterSecretStore' ? operator.namespace : workloadNamespace;
    if (vault.ca.type === 'certificate' && !this.node.tryFindChild(namespace)) {
      new kplus.k8s.KubeConfigMap(this, namespace, {
        metadata: { name: made.name, namespace },
        data: { [made.key]: vault.ca.pem },
      });
    }
  }
}
