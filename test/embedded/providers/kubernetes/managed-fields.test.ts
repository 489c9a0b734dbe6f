import type { KubernetesObject } from '../../../../lib/kubernetes/client';
import {
  type ManagedFieldsEntry,
  mergeFields,
  ownedFields,
  takeOver,
} from '../../../../lib/embedded/providers/kubernetes/managed-fields';

const entry = (
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: ManagedFieldsEntry['fieldsV1'] = {},
): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
});

function object(...managedFields: readonly ManagedFieldsEntry[]): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', managedFields } };
}

describe('the owners of fields', () => {
  it('are merged over all managers', () => {
    const owned = object(
      entry('a', 'Apply', { 'f:spec': { 'f:one': {} } }),
      entry('b', 'Update', { 'f:spec': { 'f:two': { 'k:{"name":"x"}': {} } } }),
    );
    expect(ownedFields(owned)).toEqual({ 'f:spec': { 'f:one': {}, 'f:two': { 'k:{"name":"x"}': {} } } });
    expect(mergeFields([])).toEqual({});
    expect(ownedFields({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } })).toEqual({});
  });

  it('give way to us when they are our own create request or kubectl', () => {
    const status = { ...entry('kubectl-edit', 'Update'), subresource: 'status' };
    const live = object(
      entry('pulumi-kubernetes-1', 'Update', { 'f:data': { 'f:a': {} } }),
      entry('kubectl-patch', 'Update', { 'f:data': { 'f:b': {} } }),
      entry('controller', 'Update', { 'f:data': { 'f:c': {} } }),
      entry('pulumi-kubernetes-1', 'Apply', { 'f:data': { 'f:d': {} } }),
      status,
    );
    expect(takeOver(live, 'pulumi-kubernetes-1')).toEqual([
      entry('controller', 'Update', { 'f:data': { 'f:c': {} } }),
      status,
      entry('pulumi-kubernetes-1', 'Apply', { 'f:data': { 'f:a': {}, 'f:b': {}, 'f:d': {} } }),
    ]);
  });

  it('stay where nobody has to give way', () => {
    const live = object(entry('controller', 'Update'), entry('pulumi-kubernetes-1', 'Apply'));
    expect(takeOver(live, 'pulumi-kubernetes-1')).toBeUndefined();
  });
});
