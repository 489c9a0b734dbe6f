import type { KubernetesObject } from '../../kubernetes/client';
import { sealingIdentity } from '../identities';
import { operatorRights } from './operator-rights';

/** What its chart gives the controller, and nothing else. */
const rules = [
  { apiGroups: ['bitnami.com'], resources: ['sealedsecrets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['bitnami.com'], resources: ['sealedsecrets/status'], verbs: ['update'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'update', 'delete', 'watch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

/** The controller's service account and rights. Its namespace is always there. */
export const sealingObjects: readonly KubernetesObject[] = operatorRights(
  'embedded-sealed-secrets',
  sealingIdentity,
  rules,
);
