import type { KubernetesObject } from '../../kubernetes/client';
import { sealingIdentity } from '../identities';

const name = 'embedded-sealed-secrets';

/** What its chart gives the controller, and nothing else. */
const clusterRole: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
  rules: [
    { apiGroups: ['bitnami.com'], resources: ['sealedsecrets'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['bitnami.com'], resources: ['sealedsecrets/status'], verbs: ['update'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'update', 'delete', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  ],
};

/** The controller's service account and rights. Its namespace is always there. */
export const sealingObjects: readonly KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: sealingIdentity.serviceAccount, namespace: sealingIdentity.namespace },
    automountServiceAccountToken: false,
  },
  clusterRole,
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: sealingIdentity.serviceAccount, namespace: sealingIdentity.namespace }],
  },
];
