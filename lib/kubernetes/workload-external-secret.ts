import type { Construct } from 'constructs';
import { ExternalSecret } from '../../imports/external-secrets.io';
import { awaitReady } from './await-ready';
import { declaredWorkload, type VaultWorkloadProps } from './declared-workload';
import { externalSecretSpec } from './external-secret-spec';
import { SecretSource } from './secret-source';
import type { IVaultStore } from './vault-store';

/** See {@link WorkloadExternalSecret}. */
export interface WorkloadExternalSecretProps extends VaultWorkloadProps {
  readonly store: IVaultStore;
}

/** The ExternalSecret of one workload: the operator keeps the workload's Secret equal to what Vault holds. */
export class WorkloadExternalSecret extends SecretSource {
  constructor(scope: Construct, id: string, props: WorkloadExternalSecretProps) {
    const workload = declaredWorkload(props.environment.catalog, props.workload);
    super(scope, id, workload);
    new ExternalSecret(this, 'Resource', {
      metadata: {
        name: workload.names.externalSecret,
        namespace: workload.namespace,
        annotations: awaitReady,
      },
      spec: externalSecretSpec(props.environment, workload, props.store),
    });
  }
}
