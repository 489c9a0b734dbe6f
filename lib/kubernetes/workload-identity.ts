import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type DeclaredWorkload, declaredWorkload, type VaultWorkloadProps } from './declared-workload';

/** Who a workload is towards Vault: a service account. */
export interface IWorkloadIdentity {
  readonly serviceAccountName: string;
  readonly namespace: string;
}

/** What {@link WorkloadIdentity.fromServiceAccountName} takes. */
export interface ServiceAccountName {
  readonly name: string;
  readonly namespace: string;
}

/** See {@link WorkloadIdentity}. */
export type WorkloadIdentityProps = VaultWorkloadProps;

/**
 * The service account of one workload, and the right of the operator, and of nobody else, to ask for its tokens.
 * Pods of the workload run under it, without a token: they read nothing but their Secret.
 */
export class WorkloadIdentity extends Construct implements IWorkloadIdentity {
  /** A service account that exists already, together with the right to ask for its tokens. */
  static fromServiceAccountName({ name, namespace }: ServiceAccountName): IWorkloadIdentity {
    return { serviceAccountName: name, namespace };
  }

  readonly serviceAccountName: string;
  readonly namespace: string;

  constructor(scope: Construct, id: string, props: WorkloadIdentityProps) {
    super(scope, id);
    const { catalog, delivery } = props.environment;
    const workload = declaredWorkload(catalog, props.workload);
    this.serviceAccountName = workload.names.serviceAccount;
    this.namespace = workload.namespace;
    new kplus.k8s.KubeServiceAccount(this, 'Resource', {
      metadata: { name: this.serviceAccountName, namespace: this.namespace },
      automountServiceAccountToken: false,
    });
    this.allowTokenRequests(workload, delivery.operator);
    if (delivery.vault.auth.reviewer === 'client-jwt') {
      this.allowTokenReview(workload);
    }
  }

  /** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
  private allowTokenRequests(
    { names }: DeclaredWorkload,
    operator: { readonly namespace: string; readonly serviceAccount: string },
  ): void {
    const metadata = { name: names.tokenRole, namespace: this.namespace };
    new kplus.k8s.KubeRole(this, 'TokenRole', {
      metadata,
      rules: [
        {
          apiGroups: [''],
          resources: ['serviceaccounts/token'],
          resourceNames: [this.serviceAccountName],
          verbs: ['create'],
        },
      ],
    });
    new kplus.k8s.KubeRoleBinding(this, 'TokenRoleBinding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: names.tokenRole },
      subjects: [{ kind: 'ServiceAccount', name: operator.serviceAccount, namespace: operator.namespace }],
    });
  }

  /**
   * Vault has no token of its own here: it asks the API server about a token with that same token
   * (https://developer.hashicorp.com/vault/docs/auth/kubernetes#use-the-vault-client-s-jwt-as-the-reviewer-jwt).
   */
  private allowTokenReview({ names }: DeclaredWorkload): void {
    new kplus.k8s.KubeClusterRoleBinding(this, 'TokenReviewBinding', {
      metadata: { name: names.tokenReviewBinding },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: this.serviceAccountName, namespace: this.namespace }],
    });
  }
}
