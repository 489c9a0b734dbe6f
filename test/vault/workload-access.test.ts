import { parse } from '@cdktf/hcl2json';
import * as fc from 'fast-check';
import { environments } from '../../environments';
import {
  catalogReferences,
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  type FieldReference,
  randomHex,
  rotationRole,
  usesExternalSecrets,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { accessOfEnvironment, accessOfWorkload } from '../../lib/vault/workload-access';
import { shopEnvironment } from '../support/environment';

const ownToken = ['read auth/token/lookup-self', 'update auth/token/revoke-self'];

/** Every right in the printed policy, as `capability path`. */
async function rightsOf(text: string): Promise<string[]> {
  const parsed = (await parse('policy.hcl', text)) as { path: Record<string, { capabilities: string[] }[]> };
  return Object.entries(parsed.path).flatMap(([path, blocks]) =>
    blocks.flatMap(({ capabilities }) => capabilities.map((capability) => `${capability} ${path}`)),
  );
}

/** The secrets that a workload's variables refer to, each once. */
function pathsOf(environment: Environment, name: string): string[] {
  const references = catalogReferences(environment.catalog).filter((reference) => reference.workload === name);
  return [...new Set(references.map(({ reference }) => reference.secret.path))];
}

describe('accessOfWorkload', () => {
  it('reads what the variables refer to, as one service account', () => {
    const { policy, role } = accessOfWorkload(shopEnvironment(), 'shop-web');
    expect(policy.text).toMatchInlineSnapshot(`
     "path "auth/token/lookup-self" {
       capabilities = ["read"]
     }

     path "auth/token/revoke-self" {
       capabilities = ["update"]
     }

     path "secret/data/shop/db" {
       capabilities = ["read"]
     }

     path "secret/data/shop/web" {
       capabilities = ["read"]
     }
     "
    `);
    expect(role).toMatchInlineSnapshot(`
     {
       "aliasNameSource": "serviceaccount_name",
       "audience": "vault",
       "boundServiceAccountNames": [
         "shop-web",
       ],
       "boundServiceAccountNamespaces": [
         "shop",
       ],
       "name": "shop-web",
       "tokenMaxTtl": 900,
       "tokenNoDefaultPolicy": true,
       "tokenPolicies": [
         "shop-web",
       ],
       "tokenTtl": 900,
     }
    `);
  });

  it('follows the mount, the audience and the life of tokens', () => {
    const environment = shopEnvironment({
      vault: { mount: 'teams/shop', auth: { audience: 'https://vault.example', tokenTtl: '20m' } },
    });
    const { policy, role } = accessOfWorkload(environment, 'queue');
    expect(policy.rules.map(({ path }) => path)).toContain('teams/shop/data/shop/db');
    expect(role).toMatchObject({ audience: 'https://vault.example', tokenTtl: 1200, tokenMaxTtl: 1200 });
  });

  it('fails for a workload that the catalog does not have', () => {
    expect(() => accessOfWorkload(shopEnvironment(), 'shop-wbe')).toThrow(
      'no workload "shop-wbe" in catalog "shop", allowed: shop-web, queue, backup',
    );
  });
});

describe('accessOfEnvironment', () => {
  it.each(environments.filter(usesExternalSecrets).map((environment) => [environment.name, environment] as const))(
    'grants each workload of %s exactly what it refers to',
    async (_, environment) => {
      // That of the rotator has a test of its own.
      const rotation = rotationRole(environment.catalog.name);
      const access = accessOfEnvironment(environment).filter(({ role }) => role.name !== rotation);
      expect(access.map(({ workload: name }) => name)).toEqual(Object.keys(environment.catalog.workloads));
      for (const { workload: name, policy } of access) {
        const reads = pathsOf(environment, name).map((path) => `read secret/data/${path}`);
        expect((await rightsOf(policy.text)).sort()).toEqual([...ownToken, ...reads].sort());
      }
    },
  );

  it('gives no two workloads the same role or policy', () => {
    const access = environments.filter(usesExternalSecrets).flatMap(accessOfEnvironment);
    // The rotator has two: as a workload, and to rotate.
    const perEnvironment = new Set(access.map(({ workload: name }) => name)).size + 1;
    expect(new Set(access.map(({ role }) => role.name)).size).toBe(perEnvironment);
    expect(new Set(access.map(({ policy }) => policy.name)).size).toBe(perEnvironment);
  });

  it('binds every role to exact names, and lets no token have the default policy', () => {
    for (const { role } of accessOfEnvironment(shopEnvironment())) {
      expect(role.boundServiceAccountNames).toEqual([expect.stringMatching(/^[a-z0-9-]+$/)]);
      expect(role.boundServiceAccountNamespaces).toEqual([expect.stringMatching(/^[a-z0-9-]+$/)]);
      expect(role.tokenNoDefaultPolicy).toBe(true);
    }
  });

  it('holds for any catalog: a right exists where a reference does, and nowhere else', () => {
    const usage = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(usage, (workloads) => {
        const environment = environmentOf(workloads);
        workloads.forEach((secrets, index) => {
          const { policy } = accessOfWorkload(environment, `w${index}`);
          const paths = policy.rules.map(({ path }) => path).filter((path) => path.startsWith('secret/'));
          expect(paths).toEqual([...secrets].sort().map((secret) => `secret/data/s/${secret}`));
        });
      }),
    );
  });
});

/** A catalog in which workload i reads the secrets of the i-th list. */
function environmentOf(workloads: readonly (readonly number[])[]): Environment<ExternalSecretsDelivery> {
  const secrets = Array.from({ length: 5 }, (_, index) => vaultSecret(`s/${index}`, { value: randomHex(32) }));
  const reference = (index: number): FieldReference => (secrets[index] as { value: FieldReference }).value;
  const { delivery } = shopEnvironment();
  return defineEnvironment('any', {
    catalog: defineCatalog({
      name: 'any',
      workloads: Object.fromEntries(
        workloads.map((list, index) => [
          `w${index}`,
          workload({
            namespace: 'any',
            env: Object.fromEntries(list.map((secret) => [`S${secret}`, reference(secret)])),
          }),
        ]),
      ),
    }),
    delivery: externalSecrets(delivery),
  });
}
