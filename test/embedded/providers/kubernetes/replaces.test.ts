import { compareProperties } from '../../../../lib/embedded/providers/diff';
import { markReplaces } from '../../../../lib/embedded/providers/kubernetes/replaces';
import type { PropertyMap } from '../../../../lib/embedded/providers/values';

const settings = { mutableConfigMaps: false, mutableSecrets: false };

function replaces(before: PropertyMap, after: PropertyMap, changed = settings): string[] {
  const changes = markReplaces(compareProperties(before, { ...before, ...after }), before, changed);
  return [...changes].filter(([, { replace }]) => replace).map(([path]) => path);
}

describe('a changed object is made anew', () => {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { key: '1' } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { replicas: 1, selector: { matchLabels: { a: 'b' } } },
  };

  it('for another name or namespace', () => {
    expect(replaces(configMap, { metadata: { name: 'b', namespace: 'n' } })).toEqual([
      'metadata.name',
      'metadata.namespace',
    ]);
    expect(replaces(configMap, { metadata: { name: 'a', labels: { x: 'y' } } })).toEqual([]);
  });

  it('for the data of a ConfigMap or Secret, unless the provider lets them change', () => {
    expect(replaces(configMap, { data: { key: '2' } })).toEqual(['data.key']);
    expect(replaces(configMap, { data: { key: '2' } }, { ...settings, mutableConfigMaps: true })).toEqual([]);
    expect(
      replaces({ ...configMap, immutable: true }, { data: { key: '2' } }, { ...settings, mutableConfigMaps: true }),
    ).toEqual(['data.key']);
    const secret = { ...configMap, kind: 'Secret', type: 'Opaque' };
    expect(replaces(secret, { data: { key: '2' } })).toEqual(['data.key']);
    expect(replaces(secret, { data: { key: '2' }, type: 'x' }, { ...settings, mutableSecrets: true })).toEqual([
      'type',
    ]);
  });

  it('for fields that its kind cannot change', () => {
    expect(replaces(deployment, { spec: { replicas: 2, selector: { matchLabels: { a: 'c' } } } })).toEqual([
      'spec.selector.matchLabels.a',
    ]);
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      roleRef: { name: 'a' },
      subjects: [],
    };
    expect(replaces(binding, { roleRef: { name: 'b' }, subjects: [{ name: 'x' }] })).toEqual(['roleRef.name']);
    const other = { ...binding, apiVersion: 'example.io/v1' };
    expect(replaces(other, { roleRef: { name: 'b' } })).toEqual([]);
  });
});
