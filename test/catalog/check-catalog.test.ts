import {
  alternatingUsers,
  type CatalogOptions,
  DeclarationError,
  defineCatalog,
  type Duration,
  formatProblem,
  issued,
  keyring,
  overlap,
  password,
  randomBase64,
  randomHex,
  redisAcl,
  url,
  username,
  vaultSecret,
  workload,
  type WorkloadDeclaration,
} from '../../lib/catalog';

/** `path: what` of every problem; nothing where the catalog is fine. */
function problemsOf(options: CatalogOptions): string[] {
  try {
    defineCatalog(options);
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) {
      throw error;
    }
    return error.problems.map(({ path, what }) => `${path}: ${what}`);
  }
}

function withSecrets(...secrets: ReturnType<typeof vaultSecret>[]): CatalogOptions {
  const references = secrets.flatMap((secret) => Object.values(secret));
  const env = Object.fromEntries(references.map((reference, index) => [`VARIABLE_${index}`, reference]));
  return { name: 'app', workloads: { web: workload({ namespace: 'app', env }) } };
}

const key = vaultSecret('app/web', { key: randomHex(32) });

function withWorkloads(workloads: Record<string, Partial<WorkloadDeclaration>>): CatalogOptions {
  const complete = Object.entries(workloads).map(([name, options]) => [
    name,
    workload({ namespace: 'app', env: { KEY: key.key }, ...options }),
  ]);
  return { name: 'app', workloads: Object.fromEntries(complete) as CatalogOptions['workloads'] };
}

describe('defineCatalog', () => {
  it('takes a sound declaration', () => {
    const catalog = defineCatalog(withSecrets(key));
    expect(catalog.secrets).toEqual([]);
    expect(Object.keys(catalog.workloads)).toEqual(['web']);
  });

  it('finds secrets among the exports of a module, and ignores the rest', () => {
    const exported = { key, number: 1, text: 'x', nothing: null, empty: {}, helper: () => 1 };
    expect(defineCatalog({ ...withSecrets(key), secrets: exported }).secrets).toEqual([key.key.secret]);
  });

  describe('names', () => {
    it.each(['', 'Nivesh', 'a_b', '-a', 'a-', 'a'.repeat(31)])('fails for a catalog called %j', (name) => {
      expect(problemsOf({ ...withSecrets(key), name })).toEqual(['name: catalog name is not usable']);
    });

    it.each(['', 'Web', 'web.1', 'web_1', '-web', 'w'.repeat(56)])('fails for a workload called %j', (name) => {
      expect(problemsOf(withWorkloads({ [name]: {} }))).toEqual([`workloads.${name}: workload name is not usable`]);
    });

    it('fails for a CronJob whose Jobs could not be named', () => {
      const workloads = {
        ['w'.repeat(53)]: { kind: 'CronJob' as const },
        ['v'.repeat(52)]: { kind: 'CronJob' as const },
      };
      expect(problemsOf(withWorkloads(workloads))).toEqual([
        `workloads.${'w'.repeat(53)}: workload name is not usable`,
      ]);
    });

    it.each(['', 'App', 'a/b', 'n'.repeat(64)])('fails for a namespace called %j', (namespace) => {
      expect(problemsOf(withWorkloads({ web: { namespace } }))).toEqual([
        'workloads.web.namespace: namespace is not usable',
      ]);
    });

    it('fails for two workloads with the same role and store', () => {
      expect(problemsOf(withWorkloads({ web: {}, 'app-web': {} }))).toEqual([
        'workloads.app-web: two workloads derive the same Vault role and store',
      ]);
    });
  });

  describe('variables', () => {
    it('fails for a workload without any', () => {
      expect(problemsOf({ ...withWorkloads({ web: { env: {} } }), secrets: {} })).toEqual([
        'workloads.web.env: the workload reads no secret',
      ]);
    });

    it.each(['1KEY', 'MY-KEY', 'MY.KEY', 'KEY ', '', 'SCHLÜSSEL'])('fails for the name %j', (variable) => {
      expect(problemsOf(withWorkloads({ web: { env: { [variable]: key.key } } }))).toEqual([
        `workloads.web.env.${variable}: environment variable name is not usable (the kubelet leaves it out without an error)`,
      ]);
    });

    it.each(['PATH', 'LD_PRELOAD', 'NODE_OPTIONS'])('fails for %s, which changes how a process starts', (variable) => {
      expect(problemsOf(withWorkloads({ web: { env: { [variable]: key.key } } }))).toEqual([
        `workloads.web.env.${variable}: environment variable changes how the process starts`,
      ]);
    });

    it('fails for a value that is made of no field', () => {
      expect(problemsOf(withWorkloads({ web: { env: { KEY: key.key, HOST: url`http://host/` } } }))).toEqual([
        'workloads.web.env.HOST: the value is made of no field',
      ]);
    });
  });

  describe('secrets', () => {
    it.each(['', '/a', 'a/', 'a//b', 'a/../b', 'data/a', 'metadata/a', 'a b', 'a.b', 'ä', '-a/b', 'a/*', 'a/+'])(
      'fails for the path %j',
      (path) => {
        expect(problemsOf(withSecrets(vaultSecret(path, { key: randomHex(32) })))).toEqual([
          `secrets.${path}: the Vault path is not usable`,
        ]);
      },
    );

    it.each(['rotation', 'rotation/app/web'])('fails for the path %j, where the journals of rotations are', (path) => {
      expect(problemsOf(withSecrets(vaultSecret(path, { key: randomHex(32) })))).toEqual([
        `secrets.${path}: the Vault path belongs to the journals of rotations`,
      ]);
    });

    it.each(['a', 'a/data', 'a/rotation', 'rotations/a', 'A_b-c/1'])('takes the path %j', (path) => {
      expect(problemsOf(withSecrets(vaultSecret(path, { key: randomHex(32) })))).toEqual([]);
    });

    it('fails for a path that is declared twice', () => {
      const other = vaultSecret('app/web', { other: randomHex(32) });
      expect(problemsOf(withSecrets(key, other))).toEqual(['secrets.app/web: the path is declared twice']);
    });

    it.each(['1st', 'a.b', 'a-b', '_a', '', 'ä', 'a b'])('fails for a field called %j', (name) => {
      expect(problemsOf(withSecrets(vaultSecret('app/x', { [name]: randomHex(32) })))).toEqual([
        `secrets.app/x.${name}: the field name is not usable (templates and audit queries need an identifier)`,
      ]);
    });

    it('fails for a secret that nobody reads, and for a field that nobody reads', () => {
      const unread = vaultSecret('app/unread', { key: randomHex(32) });
      expect(problemsOf({ ...withSecrets(key), secrets: { key, unread } })).toEqual([
        'secrets.app/unread: the secret is read by no workload',
      ]);
      const half = vaultSecret('app/half', { read: randomHex(32), unread: randomHex(32) });
      expect(problemsOf(withWorkloads({ web: { env: { KEY: half.read } } }))).toEqual([
        'secrets.app/half.unread: the field is read by no workload',
      ]);
    });

    it('fails for an overlap whose other value nobody verifies with', () => {
      const jwt = vaultSecret('app/jwt', { secret: randomHex(32, { rotation: overlap({ window: '1h' }) }) });
      expect(problemsOf(withWorkloads({ web: { env: { SECRET: jwt.secret } } }))).toEqual([
        'secrets.app/jwt.secret_previous: the field is read by no workload',
      ]);
    });

    it.each([
      ['before', { secret_previous: randomHex(32), secret: randomHex(32, { rotation: overlap({ window: '1h' }) }) }],
      ['after', { secret: randomHex(32, { rotation: overlap({ window: '1h' }) }), secret_previous: randomHex(32) }],
    ])('fails for a field that has the name of the other value, declared %s it', (_, fields) => {
      const { secret, secret_previous } = vaultSecret('app/jwt', fields);
      const problems = problemsOf(withWorkloads({ web: { env: { A: secret, B: secret_previous } } }));
      expect(problems).toEqual(['secrets.app/jwt.secret_previous: the name belongs to the other value of an overlap']);
    });

    it.each([
      ['before', { key_keyring: randomHex(32), key: randomHex(16, { rotation: keyring() }) }],
      ['after', { key: randomHex(16, { rotation: keyring() }), key_keyring: randomHex(32) }],
    ])('fails for a field that has the name of a keyring, declared %s its key', (_, fields) => {
      const { key: encryptionKey, key_keyring } = vaultSecret('app/aes', fields);
      expect(problemsOf(withWorkloads({ web: { env: { A: encryptionKey, B: key_keyring } } }))).toEqual([
        'secrets.app/aes.key_keyring: the name belongs to the keyring of an encryption key',
      ]);
    });

    it('takes a field of such a name where nothing is kept under it', () => {
      const fields = {
        a: randomHex(32),
        a_keyring: randomHex(32),
        b: randomBase64(32, { rotation: keyring({ format: 'fernet' }) }),
        b_keyring: randomHex(32),
      };
      expect(problemsOf(withSecrets(vaultSecret('app/x', fields)))).toEqual([]);
    });
  });

  describe('values', () => {
    it.each([
      [randomHex(15), 'the value has too little or too much entropy'],
      [randomHex(1.5), 'the value has too little or too much entropy'],
      [randomBase64(1025), 'the value has too little or too much entropy'],
      [password(19), 'the password has a bad length'],
      [password(Number.NaN), 'the password has a bad length'],
      [username('1user'), 'the user name is not usable in every database'],
      [username("a'; drop"), 'the user name is not usable in every database'],
    ])('fails for %j', (field, what) => {
      expect(problemsOf(withSecrets(vaultSecret('app/x', { value: field })))).toEqual([`secrets.app/x.value: ${what}`]);
    });

    it('takes the shapes that applications need', () => {
      const fields = { hex: randomHex(16), fernet: randomBase64(32), pem: issued({ by: 'them', format: 'pem' }) };
      expect(problemsOf(withSecrets(vaultSecret('app/x', fields)))).toEqual([]);
    });
  });

  describe('rotation', () => {
    const soon = 'soon' as Duration;

    it('fails for what is not a length of time', () => {
      const secret = vaultSecret('app/x', {
        jwt: randomHex(32, { rotation: overlap({ window: soon, longestTokenLife: soon, every: soon }) }),
        aes: randomHex(32, { rotation: keyring({ every: '0d' }) }),
      });
      const env = { A: secret.jwt, B: secret.jwt.previous, C: secret.aes, D: secret.aes.keyring };
      expect(problemsOf(withWorkloads({ web: { env } }))).toEqual([
        'secrets.app/x.jwt.rotation.every: not a length of time',
        'secrets.app/x.jwt.rotation.window: not a length of time',
        'secrets.app/x.jwt.rotation.longestTokenLife: not a length of time',
        'secrets.app/x.aes.rotation.every: not a length of time',
      ]);
    });

    it.each([
      [randomBase64(16, { rotation: keyring() }), 'value: the value has fewer than the 32 characters of a key'],
      [randomBase64(16, { rotation: keyring({ format: 'fernet' }) }), 'value: the value is not a Fernet key'],
      [
        randomHex(16, { rotation: keyring({ targets: '/etc/x.yaml' }) }),
        'value.rotation.targets: not a file of the project',
      ],
      [randomHex(16, { rotation: keyring({ targets: '' }) }), 'value.rotation.targets: not a file of the project'],
      [randomHex(16, { rotation: keyring({ rate: 0.5 }) }), 'value.rotation.rate: not a number of rows a second'],
    ])('fails for a key that %j', (field, problem) => {
      const { value } = vaultSecret('app/x', { value: field });
      const env = { A: value, ...('keyring' in value ? { B: value.keyring } : {}) };
      expect(problemsOf(withWorkloads({ web: { env } }))).toEqual([`secrets.app/x.${problem}`]);
    });

    it.each([
      ['7d', '30d'],
      ['30d', '30d'],
      ['720h', '30d'],
    ] as const)('fails for an overlap of %s with tokens that live %s', (window, longestTokenLife) => {
      const { jwt } = vaultSecret('app/x', { jwt: randomHex(32, { rotation: overlap({ window, longestTokenLife }) }) });
      expect(problemsOf(withWorkloads({ web: { env: { A: jwt, B: jwt.previous } } }))).toEqual([
        'secrets.app/x.jwt.rotation.window: the overlap ends before the last token that the old value signed',
      ]);
    });

    const users = (names: [string, string], usernameField = 'user') =>
      alternatingUsers({ database: 'postgresql', users: names, usernameField });

    it.each([
      [['a', 'b'], 'other', 'usernameField: the field does not hold a user name'],
      [['a', 'b'], 'password', 'usernameField: the field does not hold a user name'],
      [['b', 'c'], 'user', 'users: the first user is not one of the two that take turns'],
      [['a', 'a'], 'user', 'users: the two users are the same'],
    ] as const)('fails for users %j named by field %s', ([first, second], usernameField, problem) => {
      const secret = vaultSecret('app/db', {
        user: username('a'),
        password: password(40, { rotation: users([first, second], usernameField) }),
      });
      const problems = problemsOf(withSecrets(secret)).filter((text) => text.includes('.rotation.'));
      expect(problems).toEqual([`secrets.app/db.password.rotation.${problem}`]);
    });

    it.each([
      [{ adminUrlFrom: 'AIRFLOW_ADMIN_URL', group: 'app' }, []],
      [{ adminUrlFrom: 'postgres://x' }, ['adminUrlFrom: not the name of an environment variable']],
      [{ group: 'a' }, ['group: the group is one of the two users']],
      [{ group: 'my group' }, ['group: the name is not usable in every database']],
      [{ database: 'neo4j', group: 'app' }, ['group: only PostgreSQL has a role that both users act as']],
      [{ users: ['a', 'b b'] }, ['users: the name is not usable in every database']],
    ] as const)('checks the database rotation %j', (options, problems) => {
      const rotation = alternatingUsers({
        database: 'postgresql',
        users: ['a', 'b'],
        usernameField: 'user',
        ...options,
      });
      const secret = vaultSecret('app/db', { user: username('a'), password: password(40, { rotation }) });
      expect(problemsOf(withSecrets(secret)).filter((text) => text.includes('.rotation.'))).toEqual(
        problems.map((problem) => `secrets.app/db.password.rotation.${problem}`),
      );
    });

    it('fails for a Redis user whose name is none, and never shows a URL in its place', () => {
      const secret = vaultSecret('app/redis', {
        password: password(40, { rotation: redisAcl({ user: '', adminUrlFrom: 'redis://u:p@h' }) }),
      });
      const texts = problemsOf(withSecrets(secret)).filter((text) => text.includes('.rotation.'));
      expect(texts).toEqual([
        'secrets.app/redis.password.rotation.user: the name is not usable in every database',
        'secrets.app/redis.password.rotation.adminUrlFrom: not the name of an environment variable',
      ]);
    });

    it('fails for a reader of an alternating password that does not read the user name', () => {
      const db = vaultSecret('app/db', {
        user: username('a'),
        password: password(40, { rotation: users(['a', 'b']) }),
      });
      const options = withWorkloads({
        web: { env: { USER: db.user, PASSWORD: db.password } },
        job: { env: { PASSWORD: db.password } },
      });
      expect(problemsOf(options)).toEqual([
        'workloads.job.env.PASSWORD: the password alternates between two users, but the workload does not read the user name',
      ]);
    });
  });

  it('fails once, with every problem, each with what, got, allowed and fix', () => {
    const bad = vaultSecret('/app', { 'jwt-secret': randomHex(4) });
    const declare = () =>
      defineCatalog({
        name: 'App',
        workloads: { Web: workload({ namespace: 'app', env: { PATH: bad['jwt-secret'], '1': key.key } }) },
      });
    expect(declare).toThrowErrorMatchingInlineSnapshot(`
     "catalog "App" has 7 problems
       name: catalog name is not usable, got "App", allowed: lower-case letters, digits and "-", beginning and ending with a letter or digit, at most 30 characters, fix: rename it
       workloads.Web: workload name is not usable, got "Web", allowed: lower-case letters, digits and "-", beginning and ending with a letter or digit, at most 55 characters, fix: rename it
       workloads.Web.env.1: environment variable name is not usable (the kubelet leaves it out without an error), got "1", allowed: letters, digits and "_", not beginning with a digit, fix: rename it to _1
       workloads.Web.env.PATH: environment variable changes how the process starts, got "PATH", allowed: names that only the program itself reads, fix: choose another name
       secrets./app: the Vault path is not usable, got "/app", allowed: segments of letters, digits, "-" and "_" joined by "/", without the mount, and without "data/" or "metadata/", which the API adds, fix: write the path as "vault kv get -mount=<mount> <path>" takes it, such as "nivesh/backend"
       secrets./app.jwt-secret: the field name is not usable (templates and audit queries need an identifier), got "jwt-secret", allowed: letters, digits and "_", beginning with a letter; no "." or "-", fix: rename it to jwt_secret
       secrets./app.jwt-secret: the value has too little or too much entropy, got 4, allowed: whole numbers of bytes, 16 to 1024, fix: use 32"
    `);
  });

  it('writes a problem on one line', () => {
    const problem = { path: 'a.b', what: 'wrong', got: '"x"', allowed: '"y"', fix: 'write y' };
    expect(formatProblem(problem)).toBe('a.b: wrong, got "x", allowed: "y", fix: write y');
  });
});
