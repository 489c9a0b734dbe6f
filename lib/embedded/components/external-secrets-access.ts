import type { KubernetesObject } from '../../kubernetes/client';
import { operatorIdentity } from '../identities';
import { operatorRights } from './operator-rights';

const stores = ['secretstores', 'clustersecretstores'];
const secrets = ['externalsecrets', 'clusterexternalsecrets'];
const pushes = ['pushsecrets', 'clusterpushsecrets'];
const owned = [...stores, ...secrets, ...pushes];
const read = ['get', 'list', 'watch'];

/**
 * What External Secrets Operator 0.20 needs, but for one thing: it may not make tokens of service accounts. Each
 * workload's own Role allows that for its own account, and only so do such Roles matter.
 */
const rules = [
  { apiGroups: ['external-secrets.io'], resources: owned, verbs: [...read, 'update', 'patch'] },
  {
    apiGroups: ['external-secrets.io'],
    resources: owned.flatMap((kind) => [`${kind}/status`, `${kind}/finalizers`]),
    verbs: ['get', 'update', 'patch'],
  },
  // A cluster-wide kind makes the namespaced ones.
  {
    apiGroups: ['external-secrets.io'],
    resources: ['externalsecrets', 'pushsecrets'],
    verbs: ['create', 'delete'],
  },
  { apiGroups: ['generators.external-secrets.io'], resources: ['*'], verbs: read },
  {
    apiGroups: ['generators.external-secrets.io'],
    resources: ['generatorstates'],
    verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
  },
  { apiGroups: [''], resources: ['serviceaccounts', 'namespaces', 'configmaps'], verbs: read },
  { apiGroups: [''], resources: ['secrets'], verbs: [...read, 'create', 'update', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

/** The operator's namespace, service account and rights. */
export const operatorObjects: readonly KubernetesObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: operatorIdentity.namespace } },
  ...operatorRights('embedded-external-secrets', operatorIdentity, rules),
];
