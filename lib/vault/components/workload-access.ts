import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import type { WorkloadAccess as AccessOfWorkload } from '../workload-access';

/** See {@link WorkloadAccess}. */
export interface WorkloadAccessArgs {
  readonly access: AccessOfWorkload;
  /** Mount of the Kubernetes auth method. */
  readonly authMount: pulumi.Input<string>;
}

/** What one workload may read in Vault, and who may log in as it. */
export class WorkloadAccess extends pulumi.ComponentResource {
  readonly policy: vault.Policy;
  readonly role: vault.kubernetes.AuthBackendRole;

  constructor(name: string, args: WorkloadAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:vault:WorkloadAccess', name, {}, options);
    const { policy, role } = args.access;
    this.policy = new vault.Policy(`${name}-policy`, { name: policy.name, policy: policy.text }, { parent: this });
    this.role = new vault.kubernetes.AuthBackendRole(
      `${name}-role`,
      {
        backend: args.authMount,
        roleName: role.name,
        boundServiceAccountNames: [...role.boundServiceAccountNames],
        boundServiceAccountNamespaces: [...role.boundServiceAccountNamespaces],
        audience: role.audience,
        tokenPolicies: [this.policy.name],
        tokenTtl: role.tokenTtl,
        tokenMaxTtl: role.tokenMaxTtl,
        tokenNoDefaultPolicy: role.tokenNoDefaultPolicy,
        aliasNameSource: role.aliasNameSource,
      },
      { parent: this },
    );
    this.registerOutputs({ policy: this.policy.name, role: this.role.roleName });
  }
}
