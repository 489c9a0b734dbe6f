import * as fc from 'fast-check';
import { environments } from '../../environments';
import { usesExternalSecrets } from '../../lib/catalog';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { orderManifests } from '../../lib/operators/manifest-order';
import { niveshObjects } from '../../stacks/workloads';

function object(kind: string, place: string, rest: Record<string, unknown> = {}, apiVersion = 'v1'): KubernetesObject {
  const [name = '', namespace] = place.split('/').reverse();
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, ...rest };
}

const externalSecrets = 'external-secrets.io/v1';
const rbac = 'rbac.authorization.k8s.io/v1';

/** One workload, as small as it can be. */
const chain: KubernetesObject[] = [
  object('Deployment', 'shop/web', {
    spec: {
      template: {
        spec: {
          serviceAccountName: 'web',
          containers: [
            { name: 'web', envFrom: [{ secretRef: { name: 'web-secret' } }, { configMapRef: { name: 'settings' } }] },
          ],
        },
      },
    },
  }),
  object(
    'ExternalSecret',
    'shop/web-secrets',
    { spec: { secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault-web' }, target: { name: 'web-secret' } } },
    externalSecrets,
  ),
  object(
    'ClusterSecretStore',
    'vault-web',
    {
      spec: {
        provider: {
          vault: {
            caProvider: { type: 'ConfigMap', name: 'vault-ca', namespace: 'external-secrets', key: 'ca.crt' },
            auth: { kubernetes: { role: 'shop-web', serviceAccountRef: { name: 'web', namespace: 'shop' } } },
          },
        },
      },
    },
    externalSecrets,
  ),
  object('ConfigMap', 'external-secrets/vault-ca'),
  object('ConfigMap', 'shop/settings'),
  object('ServiceAccount', 'shop/web'),
  object('RoleBinding', 'shop/web-token', { roleRef: { kind: 'Role', name: 'web-token' }, subjects: [] }, rbac),
  object('Role', 'shop/web-token', { rules: [{ resources: ['serviceaccounts/token'], resourceNames: ['web'] }] }, rbac),
  object(
    'ClusterRoleBinding',
    'web-review',
    {
      roleRef: { kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }],
    },
    rbac,
  ),
  object('Namespace', 'shop'),
];

/** `id <- needs; what is outside`, in order. */
function summary(objects: readonly KubernetesObject[]): string[] {
  return orderManifests(objects).map(({ id, needs, external }) => {
    const outside = external.map((need) => ('name' in need ? `${need.type} ${need.name}` : need.type));
    return [
      id,
      ...(needs.length > 0 ? [`<- ${needs.join(', ')}`] : []),
      ...(outside.length > 0 ? [`; ${outside.join(', ')}`] : []),
    ].join(' ');
  });
}

describe('orderManifests', () => {
  it('puts first what others need, and says who needs whom', () => {
    expect(summary(chain)).toEqual([
      'ClusterRoleBinding/web-review',
      'ConfigMap/external-secrets/vault-ca ; namespace external-secrets',
      'Namespace/shop',
      'Role/shop/web-token <- Namespace/shop',
      'RoleBinding/shop/web-token <- Namespace/shop, Role/shop/web-token',
      'ServiceAccount/shop/web <- Namespace/shop',
      'ClusterSecretStore/vault-web <- ClusterRoleBinding/web-review, ConfigMap/external-secrets/vault-ca, RoleBinding/shop/web-token, ServiceAccount/shop/web ; operator external-secrets, vaultRole shop-web',
      'ConfigMap/shop/settings <- Namespace/shop',
      'ExternalSecret/shop/web-secrets <- ClusterSecretStore/vault-web, Namespace/shop ; operator external-secrets, secretsEngine',
      'Deployment/shop/web <- ConfigMap/shop/settings, ExternalSecret/shop/web-secrets, Namespace/shop, ServiceAccount/shop/web',
    ]);
  });

  it('knows stores of a namespace, and their service account beside them', () => {
    const store = object(
      'SecretStore',
      'shop/vault-web',
      {
        spec: {
          provider: { vault: { auth: { kubernetes: { role: 'shop-web', serviceAccountRef: { name: 'web' } } } } },
        },
      },
      externalSecrets,
    );
    const secret = object(
      'ExternalSecret',
      'shop/web-secrets',
      { spec: { secretStoreRef: { kind: 'SecretStore', name: 'vault-web' } } },
      externalSecrets,
    );
    expect(
      summary([secret, store, object('ServiceAccount', 'shop/web'), object('ServiceAccount', 'jobs/web')]),
    ).toEqual([
      'ServiceAccount/shop/web ; namespace shop',
      'SecretStore/shop/vault-web <- ServiceAccount/shop/web ; namespace shop, operator external-secrets, vaultRole shop-web',
      'ExternalSecret/shop/web-secrets <- SecretStore/shop/vault-web ; namespace shop, operator external-secrets, secretsEngine',
      'ServiceAccount/jobs/web ; namespace jobs',
    ]);
  });

  it('waits for a Secret however the pods load it', () => {
    const sealed = (name: string) => object('SealedSecret', `shop/${name}`, {}, 'bitnami.com/v1alpha1');
    const pods = object('CronJob', 'shop/backup', {
      spec: {
        jobTemplate: {
          spec: {
            template: {
              spec: {
                containers: [
                  { name: 'a', env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'key', key: 'k' } } }] },
                ],
                initContainers: [{ name: 'b', envFrom: [{ secretRef: { name: 'start' } }] }],
                volumes: [{ secret: { secretName: 'file' } }],
              },
            },
          },
        },
      },
    });
    const ordered = orderManifests([pods, sealed('key'), sealed('start'), sealed('file'), sealed('other')]);
    expect(ordered.find(({ id }) => id === 'CronJob/shop/backup')?.needs).toEqual([
      'SealedSecret/shop/file',
      'SealedSecret/shop/key',
      'SealedSecret/shop/start',
    ]);
    expect(ordered.find(({ id }) => id === 'SealedSecret/shop/key')?.external).toContainEqual({
      type: 'operator',
      name: 'sealed-secrets',
    });
  });

  it('puts a guardrail before its binding', () => {
    const group = 'admissionregistration.k8s.io/v1';
    const binding = object(
      'ValidatingAdmissionPolicyBinding',
      'stores',
      { spec: { policyName: 'only-our-stores' } },
      group,
    );
    const policy = object('ValidatingAdmissionPolicy', 'only-our-stores', {}, group);
    expect(summary([binding, policy])).toEqual([
      'ValidatingAdmissionPolicy/only-our-stores',
      'ValidatingAdmissionPolicyBinding/stores <- ValidatingAdmissionPolicy/only-our-stores',
    ]);
  });

  it('gives the same result in whatever order the objects come', () => {
    const expected = summary(chain);
    fc.assert(
      fc.property(fc.shuffledSubarray(chain, { minLength: chain.length }), (shuffled) => {
        expect(summary(shuffled)).toEqual(expected);
      }),
    );
  });

  it.each(environments.filter(usesExternalSecrets).map((environment) => [environment.name, environment] as const))(
    'orders every object of %s after what it needs, and makes no chain of workloads',
    (_, environment) => {
      const objects = niveshObjects(environment);
      const ordered = orderManifests(objects);
      const position = new Map(ordered.map(({ id }, index) => [id, index]));
      expect(ordered).toHaveLength(objects.length);
      ordered.forEach(({ needs }, index) => {
        needs.forEach((need) => {
          expect(position.get(need)).toBeLessThan(index);
        });
      });
      const depth = new Map<string, number>();
      ordered.forEach(({ id, needs }) => {
        depth.set(id, 1 + Math.max(0, ...needs.map((need) => depth.get(need) ?? 0)));
      });
      // Namespace, role, binding, store, ExternalSecret, workload: one workload never waits for another.
      expect(Math.max(...depth.values())).toBe(6);
    },
  );

  it('fails for the same object twice', () => {
    expect(() => orderManifests([object('ConfigMap', 'a/b'), object('ConfigMap', 'a/b')])).toThrow(
      'two objects are ConfigMap/a/b, allowed: one object a kind, namespace and name; remove or rename one',
    );
  });
});
