import * as pulumi from '@pulumi/pulumi';
import { type Environment, type ExternalSecretsDelivery, rotationRole, throwProblems } from '../../catalog';
import { checkKubernetesAuth } from '../kubernetes-auth-config';
import type { TokenReviewerHooks } from '../token-reviewer';
import { accessOfEnvironment, type WorkloadAccess as AccessOfWorkload } from '../workload-access';
import { AuditDevices } from './audit-devices';
import { KubernetesAuth } from './kubernetes-auth';
import { SecretsEngine } from './secrets-engine';
import { WorkloadAccess } from './workload-access';

/** See {@link VaultAccess}. */
export interface VaultAccessArgs {
  readonly environment: Environment<ExternalSecretsDelivery>;
  /** Takes over the mount that exists, instead of making one. @default false */
  readonly takeOverMount?: boolean;
  /** Destroys the mount, and every value in it, with the stack. @default false */
  readonly destroyValues?: boolean;
  /** Whether the environment's audit devices belong to the stack. @default true */
  readonly manageAudit?: boolean;
  /** Needed with the reviewer `token-reviewer-jwt`. */
  readonly tokenReviewer?: TokenReviewerHooks;
}

/**
 * Everything that an environment has in Vault, but no value. All of it is below this one component, so that
 * `pulumi up --target '**nivesh:vault:**'` makes Vault ready for its first values and touches nothing else.
 */
export class VaultAccess extends pulumi.ComponentResource {
  readonly secrets: SecretsEngine;
  readonly auth: KubernetesAuth;
  /** By role. */
  readonly workloads: ReadonlyMap<string, WorkloadAccess>;
  /** Not set where the devices belong to somebody else. */
  readonly audit?: AuditDevices;

  /** @throws DeclarationError if Vault could not verify the API server */
  constructor(name: string, args: VaultAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:vault:VaultAccess', name, {}, options);
    const { environment, tokenReviewer } = args;
    const { vault } = environment.delivery;
    const path = `environments.${environment.name}`;
    throwProblems(path, checkKubernetesAuth(`${path}.delivery.vault.auth`, vault.auth));
    if (args.manageAudit ?? true) {
      this.audit = new AuditDevices(`${name}-audit`, { devices: vault.audit }, { parent: this });
    }
    const child = { parent: this, dependsOn: [...(this.audit?.devices ?? [])] };
    this.secrets = new SecretsEngine(
      `${name}-secrets`,
      {
        settings: vault,
        catalogName: environment.catalog.name,
        takeOver: args.takeOverMount ?? false,
        destroyValues: args.destroyValues ?? false,
      },
      child,
    );
    this.auth = new KubernetesAuth(
      `${name}-kubernetes`,
      { settings: vault.auth, ...(tokenReviewer ? { tokenReviewer } : {}) },
      child,
    );
    this.workloads = new Map(
      accessOfEnvironment(environment).map((access) => [
        access.role.name,
        new WorkloadAccess(
          `${name}-${labelOf(access, environment)}`,
          { access, authMount: this.auth.backend.path },
          child,
        ),
      ]),
    );
    this.registerOutputs({ mount: this.secrets.mount.path, roles: [...this.workloads.keys()] });
  }
}

/** The rotator has two roles: that of its workload, and the one that it rotates with. */
function labelOf({ workload, role }: AccessOfWorkload, { catalog }: Environment): string {
  return role.name === rotationRole(catalog.name) ? 'rotation' : workload;
}
