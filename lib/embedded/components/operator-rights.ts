import type { KubernetesObject } from '../../kubernetes/client';
import type { ServiceAccount } from '../identities';

const rbac = 'rbac.authorization.k8s.io';

/** The service account of an operator, and what it may do in the whole cluster. */
export function operatorRights(
  name: string,
  { namespace, serviceAccount }: ServiceAccount,
  rules: readonly object[],
): KubernetesObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: serviceAccount, namespace },
      automountServiceAccountToken: false,
    },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    },
  ];
}
