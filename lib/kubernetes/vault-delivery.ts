import type { Construct } from 'constructs';
import type { Environment, ExternalSecretsDelivery } from '../catalog';
import { EnvironmentDelivery } from './environment-delivery';
import type { ObjectRuleOptions } from './object-rules';
import { VaultCertificateAuthority } from './vault-ca';
import { VaultStore } from './vault-store';
import { WorkloadExternalSecret } from './workload-external-secret';
import { WorkloadIdentity } from './workload-identity';

/** See {@link VaultDelivery}. */
export interface VaultDeliveryProps extends ObjectRuleOptions {
  readonly environment: Environment<ExternalSecretsDelivery>;
}

/** For each workload of the catalog its identity, its store and its ExternalSecret. */
export class VaultDelivery extends EnvironmentDelivery {
  constructor(scope: Construct, id: string, props: VaultDeliveryProps) {
    const { environment, ...rules } = props;
    super(scope, id, environment.name, rules);
    const certificateAuthority = new VaultCertificateAuthority(this, 'CertificateAuthority', { environment });
    for (const workload of Object.keys(environment.catalog.workloads)) {
      const identity = new WorkloadIdentity(this, `${workload}-identity`, { environment, workload });
      const store = new VaultStore(this, `${workload}-store`, {
        environment,
        workload,
        identity,
        certificateAuthority,
      });
      this.add(new WorkloadExternalSecret(this, `${workload}-secret`, { environment, workload, store }));
    }
  }
}
