import { verifierPolicy, verifierRoles } from '../../lib/check/verifier-rights';
import { shopEnvironment } from '../support/environment';

describe('the rights of who verifies', () => {
  it('are exact paths in Vault, and no value without a wish', () => {
    const policy = verifierPolicy(shopEnvironment(), false);
    expect(
      [...policy.matchAll(/path "([^"]+)" \{\n {2}capabilities = \["([a-z]+)"\]/g)].map(
        ([, path, right]) => `${right ?? ''} ${path ?? ''}`,
      ),
    ).toMatchInlineSnapshot(`
     [
       "read auth/kubernetes/config",
       "list auth/kubernetes/role",
       "read auth/kubernetes/role/shop-backup",
       "read auth/kubernetes/role/shop-queue",
       "read auth/kubernetes/role/shop-web",
       "read secret/data/rotation/shop/db/password",
       "read secret/data/rotation/shop/web/session_key",
       "read secret/subkeys/shop/db",
       "read secret/subkeys/shop/web",
       "update sys/capabilities-accessor",
       "read sys/policies/acl/shop-backup",
       "read sys/policies/acl/shop-queue",
       "read sys/policies/acl/shop-web",
     ]
    `);
    expect(policy).not.toContain('secret/data/shop/');
    expect(verifierPolicy(shopEnvironment(), true)).toContain('secret/data/shop/db');
  });

  it('are exact names in the cluster: a Role a namespace, a ClusterRole for what has none', () => {
    const roles = verifierRoles(shopEnvironment());
    expect(roles.map(({ kind, metadata }) => [kind, metadata.namespace ?? '', metadata.name])).toMatchInlineSnapshot(`
     [
       [
         "Role",
         "shop",
         "shop-verifier",
       ],
       [
         "ClusterRole",
         "",
         "shop-verifier",
       ],
       [
         "Role",
         "jobs",
         "shop-verifier",
       ],
     ]
    `);
    const rules = roles.flatMap(
      (role) => role.rules as { resourceNames: string[]; verbs: string[]; resources: string[] }[],
    );
    expect(rules.every(({ resourceNames }) => resourceNames.length > 0)).toBe(true);
    expect(
      [...new Set(rules.flatMap(({ verbs, resources }) => verbs.map((verb) => `${verb} ${resources.join()}`)))].sort(),
    ).toMatchInlineSnapshot(`
     [
       "create serviceaccounts/token",
       "get clusterrolebindings",
       "get clustersecretstores",
       "get externalsecrets",
       "get rolebindings",
       "get roles",
       "get secrets",
       "get serviceaccounts",
     ]
    `);
  });
});
