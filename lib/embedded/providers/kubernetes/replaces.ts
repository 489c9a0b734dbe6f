import type { Changes } from '../diff';
import { type PropertyMap, textOf } from '../values';
import type { KubernetesSettings } from './configuration';

/** Fields that cannot change in an object that exists, by API group and kind, as in the published plugin. */
const immutable: Readonly<Record<string, readonly string[]>> = {
  'apps/DaemonSet': ['spec.selector'],
  'apps/Deployment': ['spec.selector'],
  'apps/StatefulSet': [
    'spec.podManagementPolicy',
    'spec.revisionHistoryLimit',
    'spec.selector',
    'spec.serviceName',
    'spec.volumeClaimTemplates',
  ],
  'batch/Job': ['spec.completions', 'spec.parallelism', 'spec.selector', 'spec.template'],
  '/PersistentVolumeClaim': ['spec'],
  '/Pod': ['spec'],
  '/ResourceQuota': ['spec.scopes'],
  '/Service': ['spec.clusterIP'],
  'rbac.authorization.k8s.io/ClusterRoleBinding': ['roleRef'],
  'rbac.authorization.k8s.io/RoleBinding': ['roleRef'],
  'storage.k8s.io/StorageClass': ['parameters', 'provisioner'],
};

/** The changes, with those marked for which the object has to be made anew. */
export function markReplaces(
  changes: Changes,
  inputs: PropertyMap,
  settings: Pick<KubernetesSettings, 'mutableConfigMaps' | 'mutableSecrets'>,
): Changes {
  const fields = ['metadata.name', 'metadata.namespace', ...immutableFields(inputs, settings)];
  const isImmutable = (path: string): boolean =>
    fields.some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
  return new Map([...changes].map(([path, change]) => [path, { ...change, replace: isImmutable(path) }]));
}

function immutableFields(
  { apiVersion, kind, immutable: frozen }: PropertyMap,
  { mutableConfigMaps, mutableSecrets }: Pick<KubernetesSettings, 'mutableConfigMaps' | 'mutableSecrets'>,
): readonly string[] {
  const name = textOf(kind);
  const version = textOf(apiVersion);
  const group = version.includes('/') ? version.split('/', 1).join('') : '';
  switch (`${group}/${name}`) {
    case '/ConfigMap':
      return mutableConfigMaps && frozen !== true ? [] : ['binaryData', 'data'];
    case '/Secret':
      return mutableSecrets && frozen !== true ? ['type'] : ['data', 'stringData', 'type'];
    default:
      return immutable[`${group}/${name}`] ?? [];
  }
}
