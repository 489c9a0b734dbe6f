import {
  durationSeconds,
  type Environment,
  type ExternalSecretsDelivery,
  secretsOfWorkload,
  workloadNames,
} from '../catalog';
import { ownToken } from './own-token';
import { type PolicyRule, policyRules, renderPolicy } from './policy';
import { accessOfRotation } from './rotation-access';

/** A policy, as rules and as the text that Vault stores. */
export interface AccessPolicy {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly text: string;
}

/**
 * A role of Vault's Kubernetes auth method: who may log in, and what the token is
 * (https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role).
 */
export interface KubernetesRole {
  readonly name: string;
  /** Exact names; never `*`. */
  readonly boundServiceAccountNames: readonly [string];
  /** Exact names; never `*`. */
  readonly boundServiceAccountNamespaces: readonly [string];
  readonly audience: string;
  readonly tokenPolicies: readonly [string];
  /** Seconds. */
  readonly tokenTtl: number;
  /** Seconds. The same as {@link tokenTtl}: nobody renews these tokens, the operator logs in again. */
  readonly tokenMaxTtl: number;
  /** The two paths of `default` that the operator needs are in the workload's own policy. */
  readonly tokenNoDefaultPolicy: true;
  /**
   * Identities are named `namespace/serviceaccount`, so that audit logs can be read, and a service account that is made
   * again is not a new client. Policies hang on the role, so the name alone grants nothing.
   */
  readonly aliasNameSource: 'serviceaccount_name';
}

/** What one workload may do in Vault, and how it proves that it is this workload. */
export interface WorkloadAccess {
  /** Name in the catalog. */
  readonly workload: string;
  readonly policy: AccessPolicy;
  readonly role: KubernetesRole;
}

/**
 * Access of one workload, derived from what its variables refer to: `read` on exactly those secrets of the KV
 * version 2 engine (https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2#acl-rules) and nothing else.
 */
export function accessOfWorkload(environment: Environment<ExternalSecretsDelivery>, workload: string): WorkloadAccess {
  const { catalog } = environment;
  const { auth, mount } = environment.delivery.vault;
  const declaration = catalog.workloads[workload];
  if (!declaration) {
    const known = Object.keys(catalog.workloads).join(', ');
    throw new Error(`no workload "${workload}" in catalog "${catalog.name}", allowed: ${known}`);
  }
  const { vaultPolicy, vaultRole, serviceAccount } = workloadNames(catalog.name, workload);
  const secrets = secretsOfWorkload(catalog, workload);
  const rules = policyRules(vaultPolicy, [
    ...secrets.map(({ path }): PolicyRule => ({ path: `${mount}/data/${path}`, capabilities: ['read'] })),
    ...ownToken,
  ]);
  const ttl = durationSeconds(auth.tokenTtl);
  return {
    workload,
    policy: { name: vaultPolicy, rules, text: renderPolicy(vaultPolicy, rules) },
    role: {
      name: vaultRole,
      boundServiceAccountNames: [serviceAccount],
      boundServiceAccountNamespaces: [declaration.namespace],
      audience: auth.audience,
      tokenPolicies: [vaultPolicy],
      tokenTtl: ttl,
      tokenMaxTtl: ttl,
      tokenNoDefaultPolicy: true,
      aliasNameSource: 'serviceaccount_name',
    },
  };
}

/** Access of every workload of an environment, in the order of the catalog, and of the rotator where there is one. */
export function accessOfEnvironment(environment: Environment<ExternalSecretsDelivery>): WorkloadAccess[] {
  const workloads = Object.keys(environment.catalog.workloads);
  const rotation = accessOfRotation(environment);
  return [...workloads.map((workload) => accessOfWorkload(environment, workload)), ...(rotation ? [rotation] : [])];
}
