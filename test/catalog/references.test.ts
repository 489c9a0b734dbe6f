import {
  catalogReferences,
  compare,
  defineCatalog,
  joined,
  keyring,
  overlap,
  password,
  postgresUrl,
  randomBase64,
  randomHex,
  readersOf,
  referencesOfWorkload,
  secretsOfCatalog,
  secretsOfWorkload,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';

const jwt = vaultSecret('app/jwt', { secret: randomHex(32, { rotation: overlap({ window: '1h' }) }) });
const pg = vaultSecret('app/pg', { user: username('app'), password: password(40) });

const catalog = defineCatalog({
  name: 'app',
  workloads: {
    web: workload({
      namespace: 'app',
      env: {
        URL: postgresUrl({ user: pg.user, password: pg.password, host: 'pg', database: 'app' }),
        JWT_SECRET: jwt.secret,
        JWT_SECRETS: joined([jwt.secret, jwt.secret.previous]),
      },
    }),
    job: workload({ namespace: 'app', kind: 'CronJob', env: { PASSWORD: pg.password } }),
  },
});

describe('catalogReferences', () => {
  it('is the relation of workload, variable and field, in the order of declaration', () => {
    const rows = catalogReferences(catalog).map(
      ({ workload: name, variable, reference, derived }) =>
        `${name} ${variable} ${reference.id}${derived ? ' (derived)' : ''}`,
    );
    expect(rows).toMatchInlineSnapshot(`
     [
       "web URL app/pg.user (derived)",
       "web URL app/pg.password (derived)",
       "web JWT_SECRET app/jwt.secret",
       "web JWT_SECRETS app/jwt.secret (derived)",
       "web JWT_SECRETS app/jwt.secret_previous (derived)",
       "job PASSWORD app/pg.password",
     ]
    `);
  });

  it('is looked up by workload and by field', () => {
    expect(referencesOfWorkload(catalog, 'job').map(({ variable }) => variable)).toEqual(['PASSWORD']);
    expect(readersOf(catalog, 'app/pg', 'password').map(({ variable }) => variable)).toEqual(['URL', 'PASSWORD']);
    expect([...referencesOfWorkload(catalog, 'constructor'), ...readersOf(catalog, 'app/pg', 'none')]).toEqual([]);
  });

  it('is computed once', () => {
    expect(catalogReferences(catalog)).toBe(catalogReferences(catalog));
  });
});

describe('secretsOfWorkload', () => {
  it('lists each secret once, sorted by path', () => {
    expect(secretsOfWorkload(catalog, 'web').map(({ path }) => path)).toEqual(['app/jwt', 'app/pg']);
    expect(secretsOfWorkload(catalog, 'job').map(({ path }) => path)).toEqual(['app/pg']);
  });
});

describe('secretsOfCatalog', () => {
  it('knows the keyrings of encryption keys, but of Fernet keys, which are their own list', () => {
    const { aes } = vaultSecret('app/aes', {
      aes: randomHex(16, { rotation: keyring() }),
      fernet: randomBase64(32, { rotation: keyring({ format: 'fernet' }) }),
    });
    expect([...aes.secret.fields].map(([name, { source }]) => [name, source.type])).toEqual([
      ['aes', 'randomHex'],
      ['aes_keyring', 'keyring'],
      ['fernet', 'randomBase64'],
    ]);
  });

  it('knows every stored field, the other values of overlaps among them', () => {
    const fields = secretsOfCatalog(catalog).map(({ path, fields: stored }) => [path, [...stored.keys()]]);
    expect(fields).toEqual([
      ['app/jwt', ['secret', 'secret_previous']],
      ['app/pg', ['user', 'password']],
    ]);
  });
});

describe('readersOf', () => {
  it('says who reads a field', () => {
    const readers = readersOf(catalog, 'app/pg', 'password').map(({ workload: name, variable }) => [name, variable]);
    expect(readers).toEqual([
      ['web', 'URL'],
      ['job', 'PASSWORD'],
    ]);
    expect(readersOf(catalog, 'app/pg', 'other')).toEqual([]);
  });
});

describe('compare', () => {
  it('orders by code unit, as no locale does', () => {
    expect(['b', 'a', 'B', 'ä', '_'].sort(compare)).toEqual(['B', '_', 'a', 'b', 'ä']);
  });
});
