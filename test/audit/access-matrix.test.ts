import fc from 'fast-check';
import { environments } from '../../environments';
import { production } from '../../environments/production';
import { staging } from '../../environments/staging';
import { accessMatrix } from '../../lib/audit/access-matrix';
import { matrixTable } from '../../lib/audit/matrix-table';
import { defineEnvironment, dotenv, githubActions, issued, rotationPath, sealedSecrets } from '../../lib/catalog';
import { accessOfEnvironment } from '../../lib/vault/workload-access';
import { shop, shopEnvironment } from '../support/environment';
import { anyCatalog, randomEnvironment } from '../support/random-catalogs';

describe('accessMatrix', () => {
  it('says for each workload and secret which fields it reads, under which variables, as whom', () => {
    const { grants } = accessMatrix([shopEnvironment()]);
    expect(grants.map(({ workload, secret, fields }) => [workload, secret, fields.join(' ')])).toEqual([
      ['shop-web', 'shop/db', 'password user'],
      ['shop-web', 'shop/web', 'session_key'],
      ['queue', 'shop/db', 'password'],
      ['backup', 'shop/db', 'password user'],
    ]);
    expect(grants[0]).toMatchInlineSnapshot(`
     {
       "access": "read",
       "environment": "test",
       "fields": [
         "password",
         "user",
       ],
       "identity": {
         "namespace": "shop",
         "serviceAccount": "shop-web",
         "type": "vault",
         "vaultPath": "secret/data/shop/db",
         "vaultPolicy": "shop-web",
         "vaultRole": "shop-web",
       },
       "secret": "shop/db",
       "variables": [
         {
           "fields": [
             "password",
             "user",
           ],
           "name": "DATABASE_URL",
         },
       ],
       "workload": "shop-web",
     }
    `);
  });

  it('says who reads where there is no Vault', () => {
    const local = defineEnvironment('local', {
      catalog: shop,
      delivery: dotenv({
        files: [
          { path: 'web/.env', workloads: ['shop-web'] },
          { path: '.env', env: { DB: shop.workloads.queue?.env.DB_PASSWORD ?? fail('no such variable') } },
        ],
      }),
    });
    const ci = defineEnvironment('ci', {
      catalog: shop,
      delivery: githubActions({ repository: 'shop/shop', secrets: { B: issued({ by: 'x' }), A: issued({ by: 'y' }) } }),
    });
    expect(matrixTable(accessMatrix([local, ci]))).toMatchInlineSnapshot(`
     "ENVIRONMENT  WORKLOAD                SECRET    VARIABLE      FIELDS         SERVICE ACCOUNT                        ROLE  POLICY
     local        shop-web                shop/db   DATABASE_URL  password user  no Vault: file web/.env                -     -
     local        shop-web                shop/web  SESSION_KEY   session_key    no Vault: file web/.env                -     -
     local        any reader of .env      shop/db   DB            password       no Vault: file .env                    -     -
     ci           workflows of shop/shop  A         A                            no Vault: GitHub Actions of shop/shop  -     -
     ci           workflows of shop/shop  B         B                            no Vault: GitHub Actions of shop/shop  -     -"
    `);
  });

  it('says which SealedSecret holds a value', () => {
    const sealed = { ...shopEnvironment(), delivery: sealedSecrets({ certificate: '' }) };
    expect(accessMatrix([sealed]).grants[0]?.identity).toEqual({
      type: 'sealedSecrets',
      namespace: 'shop',
      secret: 'shop-web-secret',
      scope: 'strict',
    });
  });

  it('grants exactly the paths of the policies, for any catalog', () => {
    let run = 0;
    fc.assert(
      fc.property(anyCatalog, (make) => {
        const { catalog, mount } = make(`c${run++}`);
        const environment = randomEnvironment(catalog, mount);
        const granted = accessMatrix([environment]).grants.map(({ workload, identity }) =>
          identity.type === 'vault' ? `${workload} ${identity.vaultPolicy} ${identity.vaultPath}` : '',
        );
        const allowed = accessOfEnvironment(environment).flatMap(({ workload, policy }) =>
          policy.rules
            .filter(({ path }) => !path.startsWith('auth/token/'))
            .map(({ path }) => `${workload} ${policy.name} ${path}`),
        );
        expect(granted.sort()).toEqual(allowed.sort());
      }),
    );
  });

  it('has what the rotator reads to rotate, as an identity of its own', () => {
    const { grants } = accessMatrix([staging]);
    const rotating = grants.filter(({ workload }) => workload === 'nivesh-rotator');
    const lines = rotating.map(({ secret, identity }) =>
      identity.type === 'vault' ? `${identity.vaultRole} ${secret}` : '',
    );
    expect(lines).toEqual([
      'nivesh-rotator nivesh/administrators',
      'nivesh-rotation nivesh/airflow',
      'nivesh-rotation nivesh/backend',
      'nivesh-rotation nivesh/clickhouse',
      'nivesh-rotation nivesh/ml-api',
      'nivesh-rotation nivesh/mongo',
      'nivesh-rotation nivesh/postgres',
      'nivesh-rotation nivesh/redis',
    ]);
    expect(rotating.at(-1)).toMatchObject({ access: 'rotate', fields: ['password'], variables: [] });
  });

  it.each([staging, production])(
    'has what the rotator of $name reads and replaces, as the role that may',
    (environment) => {
      const { mount } = environment.delivery.vault;
      const granted = accessMatrix([environment]).grants.map(({ access, identity }) =>
        identity.type === 'vault'
          ? `${identity.vaultRole} ${access === 'rotate' ? 'read,patch' : 'read'} ${identity.vaultPath}`
          : '',
      );
      const allowed = accessOfEnvironment(environment).flatMap(({ role, policy }) =>
        policy.rules
          // Journals hold no values.
          .filter(({ path }) => path.startsWith(`${mount}/data/`) && !path.startsWith(`${mount}/data/${rotationPath}/`))
          .map(({ path, capabilities }) => `${role.name} ${capabilities.join(',')} ${path}`),
      );
      expect(granted.sort()).toEqual(allowed.sort());
      expect(matrixTable(accessMatrix([environment]))).toMatch(
        /^nivesh-rotator +nivesh\/redis +\(rotates\) +password +nivesh\/nivesh-rotator +nivesh-rotation/m,
      );
    },
  );

  it("has every environment of Nivesh's", () => {
    const matrix = accessMatrix(environments);
    expect(matrix.environments).toEqual(['local', 'ci', 'staging', 'production']);
    expect(new Set(matrix.grants.map(({ environment }) => environment))).toEqual(new Set(matrix.environments));
  });
});

function fail(reason: string): never {
  throw new Error(reason);
}
