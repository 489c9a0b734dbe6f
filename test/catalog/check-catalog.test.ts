import { defineCatalog, formatProblem, overlap, randomHex, url, vaultSecret, workload } from '../../lib/catalog';
import { key, problemsOf, withSecrets, withWorkloads } from './support';

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
    it('fails for a path that is declared twice', () => {
      const other = vaultSecret('app/web', { other: randomHex(32) });
      expect(problemsOf(withSecrets(key, other))).toEqual(['secrets.app/web: the path is declared twice']);
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
