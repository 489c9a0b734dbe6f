import {
  alternatingUsers,
  type Duration,
  keyring,
  overlap,
  password,
  randomBase64,
  randomHex,
  redisAcl,
  username,
  vaultSecret,
} from '../../lib/catalog';
import { problemsOf, withSecrets, withWorkloads } from './support';

describe('rotations of fields', () => {
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
});
