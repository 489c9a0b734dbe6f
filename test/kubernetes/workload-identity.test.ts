import type { TokenReviewer } from '../../lib/catalog';
import { WorkloadIdentity } from '../../lib/kubernetes';
import { shopEnvironment } from '../support/environment';
import { namesOf, synthesize, testChart } from '../support/objects';

function identity(reviewer: TokenReviewer) {
  const chart = testChart();
  const environment = shopEnvironment({ operator: { namespace: 'eso' }, vault: { auth: { reviewer } } });
  const made = new WorkloadIdentity(chart, 'identity', { environment, workload: 'shop-web' });
  return { made, objects: synthesize(chart) };
}

describe('WorkloadIdentity', () => {
  it('is a service account without a token, for which only the operator may ask for one', () => {
    const { made, objects } = identity('in-cluster');
    expect(made).toMatchObject({ serviceAccountName: 'shop-web', namespace: 'shop' });
    expect(objects).toMatchInlineSnapshot(`
     [
       {
         "apiVersion": "v1",
         "automountServiceAccountToken": false,
         "kind": "ServiceAccount",
         "metadata": {
           "name": "shop-web",
           "namespace": "shop",
         },
       },
       {
         "apiVersion": "rbac.authorization.k8s.io/v1",
         "kind": "Role",
         "metadata": {
           "name": "shop-web-token",
           "namespace": "shop",
         },
         "rules": [
           {
             "apiGroups": [
               "",
             ],
             "resourceNames": [
               "shop-web",
             ],
             "resources": [
               "serviceaccounts/token",
             ],
             "verbs": [
               "create",
             ],
           },
         ],
       },
       {
         "apiVersion": "rbac.authorization.k8s.io/v1",
         "kind": "RoleBinding",
         "metadata": {
           "name": "shop-web-token",
           "namespace": "shop",
         },
         "roleRef": {
           "apiGroup": "rbac.authorization.k8s.io",
           "kind": "Role",
           "name": "shop-web-token",
         },
         "subjects": [
           {
             "kind": "ServiceAccount",
             "name": "external-secrets",
             "namespace": "eso",
           },
         ],
       },
     ]
    `);
  });

  it('may have its tokens reviewed where they are their own reviewer', () => {
    const { objects } = identity('client-jwt');
    expect(namesOf(objects)).toEqual([
      'ServiceAccount shop/shop-web',
      'Role shop/shop-web-token',
      'RoleBinding shop/shop-web-token',
      'ClusterRoleBinding shop-web-token-review',
    ]);
    expect(objects[3]).toMatchObject({
      roleRef: { kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: 'shop-web', namespace: 'shop' }],
    });
  });

  it('has its primary object as default child', () => {
    const { made } = identity('in-cluster');
    expect(made.node.defaultChild?.node.id).toBe('Resource');
  });
});
