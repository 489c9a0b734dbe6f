import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Environment, ExternalSecretsDelivery } from '../catalog';

/** Where stores of one namespace read the certificate authority of Vault's certificate. */
export interface CaConfigMap {
  readonly name: string;
  readonly key: string;
  /** Not set for stores of a namespace, which may only read there. */
  readonly namespace?: string;
}

/** See {@link VaultCertificateAuthority}. */
export interface VaultCertificateAuthorityProps {
  readonly environment: Environment<ExternalSecretsDelivery>;
}

const configMapName = 'vault-ca';
const configMapKey = 'ca.crt';

/**
 * The certificate authority that stores verify Vault's certificate with: a ConfigMap that exists, one that is made of
 * the environment's certificate (in the operator's namespace, or in each namespace that has stores of its own), or
 * none, where the operator's image trusts the authority already.
 */
export class VaultCertificateAuthority extends Construct {
  private readonly delivery: ExternalSecretsDelivery;

  constructor(scope: Construct, id: string, props: VaultCertificateAuthorityProps) {
    super(scope, id);
    this.delivery = props.environment.delivery;
  }

  /**
   * The ConfigMap for a store; it is made the first time that a store of its namespace needs it.
   * @param namespace of the workload that the store is for
   */
  configMapFor(namespace: string): CaConfigMap | undefined {
    const { vault, storeKind, operator } = this.delivery;
    const isClusterWide = storeKind === 'ClusterSecretStore';
    switch (vault.ca.type) {
      case 'system':
        return undefined;
      case 'configMap': {
        const { name, key } = vault.ca;
        return { name, key, ...(isClusterWide ? { namespace: vault.ca.namespace } : {}) };
      }
      case 'certificate': {
        const home = isClusterWide ? operator.namespace : namespace;
        this.makeOnce(home, vault.ca.pem);
        return { name: configMapName, key: configMapKey, ...(isClusterWide ? { namespace: home } : {}) };
      }
    }
  }

  private makeOnce(namespace: string, pem: string): void {
    if (!this.node.tryFindChild(namespace)) {
      new kplus.k8s.KubeConfigMap(this, namespace, {
        metadata: { name: configMapName, namespace },
        data: { [configMapKey]: pem },
      });
    }
  }
}
