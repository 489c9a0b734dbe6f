import * as kubernetes from '@pulumi/kubernetes';
import type { KubernetesObject } from '../../../lib/kubernetes/client';
import { Manifests } from '../../../lib/operators/components';
import type { ExternalNeed } from '../../../lib/operators/manifest-needs';
import { recordProgram } from '../../support/pulumi-recorder';

const objects: KubernetesObject[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', annotations: { note: 'kept' } },
    spec: { template: { spec: { serviceAccountName: 'web', containers: [] } } },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'shop' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
];

describe('Manifests', () => {
  it('applies each object as it was reviewed, under a name that says which one it is', async () => {
    const { resources } = await recordProgram(() => {
      new Manifests('shop', { objects });
    });
    const applied = resources.filter(({ type }) => type.startsWith('kubernetes:'));
    expect(applied.map(({ type, name }) => [type, name])).toEqual([
      ['kubernetes:core/v1:Namespace', 'Namespace/shop'],
      ['kubernetes:core/v1:ServiceAccount', 'ServiceAccount/shop/web'],
      ['kubernetes:apps/v1:Deployment', 'Deployment/shop/web'],
    ]);
    expect(applied.map(({ inputs }) => inputs)).toEqual([...objects].reverse());
    expect(new Set(applied.map(({ parent }) => parent)).size).toBe(1);
  });

  it('gives every kind the type under which the published provider knows it', async () => {
    const { resources } = await recordProgram(() => {
      new Manifests('ours', { objects: objects.filter(({ kind }) => kind !== 'Deployment') });
      new kubernetes.core.v1.Namespace('Namespace/shop2', { metadata: { name: 'shop2' } });
      new kubernetes.core.v1.ServiceAccount('ServiceAccount/shop2/web', { metadata: { name: 'web' } });
    });
    const typesOf = (kind: string) =>
      new Set(resources.filter(({ name }) => name.startsWith(`${kind}/`)).map(({ type }) => type));
    expect(typesOf('Namespace').size).toBe(1);
    expect(typesOf('ServiceAccount').size).toBe(1);
  });

  it('waits for what an object needs, inside and outside', async () => {
    const needs: ExternalNeed[] = [];
    const store: KubernetesObject = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterSecretStore',
      metadata: { name: 'vault-web' },
      spec: { provider: { vault: { auth: { kubernetes: { role: 'shop-web' } } } } },
    };
    const { find } = await recordProgram(() => {
      const release = new kubernetes.helm.v3.Release('operator', { chart: 'external-secrets' });
      new Manifests('shop', {
        objects: [...objects, store],
        resolve: (need) => {
          needs.push(need);
          return need.type === 'operator' ? [release] : [];
        },
      });
    });
    expect(needs).toEqual([
      { type: 'operator', name: 'external-secrets' },
      { type: 'vaultRole', name: 'shop-web' },
    ]);
    const operator = find('kubernetes:helm.sh/v3:Release', 'operator');
    const applied = find('kubernetes:external-secrets.io/v1:ClusterSecretStore', 'ClusterSecretStore/vault-web');
    expect(applied.dependencies).toEqual([operator.urn]);
    const namespace = find('kubernetes:core/v1:Namespace', 'Namespace/shop');
    const account = find('kubernetes:core/v1:ServiceAccount', 'ServiceAccount/shop/web');
    expect(account.dependencies).toEqual([namespace.urn]);
    expect(find('kubernetes:apps/v1:Deployment', 'Deployment/shop/web').dependencies).toEqual(
      [account.urn, namespace.urn].sort(),
    );
  });
});
