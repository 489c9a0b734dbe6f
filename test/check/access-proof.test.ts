import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { accessFindings } from '../../lib/check/access-findings';
import { capabilitiesOf, pathsToAsk } from '../../lib/check/access-paths';
import { type AccessProof, compareCapabilities, proveAccess } from '../../lib/check/access-proof';
import { secretsOfCatalog } from '../../lib/catalog';
import { VaultClient } from '../../lib/vault/client';
import { accessOfEnvironment } from '../../lib/vault/workload-access';
import { ApiServer } from '../support/api-server';
import { shop, shopEnvironment } from '../support/environment';
import { FakeVault } from '../support/fake-vault';
import { anyCatalog, randomEnvironment } from '../support/random-catalogs';

const rules = [{ path: 'secret/data/shop/db', capabilities: ['read'] as const }];

describe('pathsToAsk', () => {
  it('has every secret under every interface, and what is around it', () => {
    const paths = pathsToAsk(shopEnvironment());
    for (const { path } of secretsOfCatalog(shop)) {
      for (const prefix of ['data', 'metadata', 'subkeys', 'delete', 'undelete', 'destroy']) {
        expect(paths).toContain(`secret/${prefix}/${path}`);
      }
    }
    expect(paths.filter((path) => path.startsWith('secret/data/'))).toMatchInlineSnapshot(`
     [
       "secret/data/",
       "secret/data/rotation/shop/db/password",
       "secret/data/rotation/shop/web/session_key",
       "secret/data/shop",
       "secret/data/shop/",
       "secret/data/shop/d",
       "secret/data/shop/db",
       "secret/data/shop/db-nivesh-secrets-neighbour",
       "secret/data/shop/db/",
       "secret/data/shop/db/nivesh-secrets-neighbour",
       "secret/data/shop/nivesh-secrets-neighbour",
       "secret/data/shop/we",
       "secret/data/shop/web",
       "secret/data/shop/web-nivesh-secrets-neighbour",
       "secret/data/shop/web/",
       "secret/data/shop/web/nivesh-secrets-neighbour",
     ]
    `);
  });

  it('has every path of every policy, each path once, for any catalog', () => {
    let run = 0;
    fc.assert(
      fc.property(anyCatalog, (make) => {
        const { catalog, mount } = make(`c${run++}`);
        const environment = randomEnvironment(catalog, mount);
        const paths = pathsToAsk(environment);
        expect(new Set(paths).size).toBe(paths.length);
        expect(paths).toEqual(
          expect.arrayContaining(
            accessOfEnvironment(environment).flatMap(({ policy }) => policy.rules.map(({ path }) => path)),
          ),
        );
        expect(paths.filter((path) => path === '' || path.startsWith('/') || path.includes('//'))).toEqual([]);
      }),
    );
  });
});

describe('capabilitiesOf', () => {
  it.each([
    ['secret/data/shop/db', ['read']],
    ['secret/data/shop/db/', ['read']],
    ['secret/data/shop/db2', []],
    ['secret/data/shop', []],
    ['secret/metadata/shop/db', []],
  ])('says what rules allow at %s', (path, expected) => {
    expect(capabilitiesOf(rules, path)).toEqual(expected);
  });
});

describe('compareCapabilities', () => {
  const compare = (answers: Record<string, string[]>) => compareCapabilities(rules, new Map(Object.entries(answers)));

  it('finds nothing where Vault allows what is declared', () => {
    expect(compare({ 'secret/data/shop/db': ['read'], 'secret/data/shop/web': [] })).toEqual([]);
  });

  it('finds what is missing and what is too much, on one path too', () => {
    expect(compare({ 'secret/data/shop/db': ['update'], 'secret/data/shop/web': ['read', 'list'] })).toEqual([
      { path: 'secret/data/shop/db', missing: ['read'], extra: ['update'] },
      { path: 'secret/data/shop/web', missing: [], extra: ['read', 'list'] },
    ]);
  });

  it('finds a root token, which may do everything under one name', () => {
    expect(compare({ 'secret/data/shop/db': ['root'] })).toEqual([
      { path: 'secret/data/shop/db', missing: [], extra: ['root'] },
    ]);
  });

  it('names a path once where Vault says the same with a slash at its end', () => {
    expect(compare({ 'sys/auth': ['read'], 'sys/auth/': ['read'], 'sys/policy/': ['list'] })).toEqual([
      { path: 'sys/auth', missing: [], extra: ['read'] },
      { path: 'sys/policy/', missing: [], extra: ['list'] },
    ]);
  });
});

describe('proveAccess', () => {
  const environment = shopEnvironment();
  const jwt = randomBytes(16).toString('hex');

  /** A cluster that gives tokens, and a Vault that answers a login with a status. */
  async function prove(status: number) {
    const server = new ApiServer((path) =>
      path.endsWith('/token') ? { body: { status: { token: jwt } } } : undefined,
    );
    const vault = await FakeVault.start({
      'GET auth/kubernetes/role?list=true': () => ({ keys: ['shop-web', 'of-others'] }),
      'POST auth/kubernetes/login': status,
    });
    const client = new VaultClient(vault.connection);
    const kubernetes = await server.start();
    try {
      return { proofs: await proveAccess(environment, client, kubernetes), requests: vault.requests };
    } finally {
      await Promise.all([client.close(), kubernetes.close(), vault.stop(), server.stop()]);
    }
  }

  it('says that a workload cannot log in, and tries every role, declared or not', async () => {
    const { proofs, requests } = await prove(403);
    expect(proofs.map(({ workload, rolesTried, asked }) => [workload, rolesTried, asked])).toEqual([
      ['shop-web', 3, 0],
      ['queue', 3, 0],
      ['backup', 3, 0],
    ]);
    expect(proofs[0]?.refused).toBe('vault refused POST auth/kubernetes/login (403): Forbidden');
    expect(JSON.stringify(proofs)).not.toContain(jwt);
    const tried = requests.flatMap(({ body }) => (body as { role?: string } | undefined)?.role ?? []);
    expect([...new Set(tried)].sort()).toEqual(['of-others', 'shop-backup', 'shop-queue', 'shop-web']);
  });

  it.each([429, 500, 503])('fails on status %d, which proves nothing', async (status) => {
    await expect(prove(status)).rejects.toMatchObject({ status });
  });
});

describe('accessFindings', () => {
  const fine: AccessProof = {
    workload: 'queue',
    identity: 'shop/queue',
    role: 'shop-queue',
    policy: 'shop-queue',
    asked: 90,
    differences: [],
    otherPolicies: [],
    rolesTried: 2,
    rolesOpen: [],
  };

  it('is empty where all is as declared', () => {
    expect(accessFindings('test', [fine])).toEqual([]);
  });

  it('says for each difference what Vault does, what the catalog says, and how to mend it', () => {
    const proof: AccessProof = {
      ...fine,
      refused: 'vault refused POST auth/kubernetes/login (403): permission denied',
      differences: [{ path: 'secret/data/shop/db', missing: ['read'], extra: ['update'] }],
      otherPolicies: ['admin'],
      rolesOpen: ['shop-web'],
    };
    expect(accessFindings('test', [proof]).map(({ field, message }) => [field, message])).toEqual([
      [
        undefined,
        'shop/queue cannot log in with role shop-queue: vault refused POST auth/kubernetes/login (403): permission denied',
      ],
      ['secret/data/shop/db', 'Vault refuses read, the catalog grants it'],
      ['secret/data/shop/db', 'Vault allows update, the catalog does not'],
      [undefined, 'its token has policy admin beside shop-queue'],
      [undefined, 'shop/queue can log in with role shop-web, which is not its own'],
    ]);
  });
});
