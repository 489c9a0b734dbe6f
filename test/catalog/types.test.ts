import {
  alternatingUsers,
  type Duration,
  issued,
  keyring,
  manual,
  overlap,
  password,
  postgresUrl,
  randomBase64,
  randomHex,
  redisAcl,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';

/** Makes an expression a statement. */
function ignore(value: unknown): void {
  expect(value).toBeDefined();
}

/**
 * What does not compile. The compiler checks every line below a `@ts-expect-error` (`npm run typecheck`), and complains
 * about one that compiles; nothing of it runs.
 */
function doesNotCompile(): void {
  const secret = vaultSecret('app/x', {
    jwt: randomHex(32, { rotation: overlap({ window: '1h' }) }),
    key: randomHex(32),
    aes: randomHex(32, { rotation: keyring() }),
    fernet: randomBase64(32, { rotation: keyring({ format: 'fernet' }) }),
    user: username('a'),
    pass: password(40),
  });

  // @ts-expect-error the secret has no such field
  ignore(secret.jwt_secret);
  // @ts-expect-error the secret has no such field, and the other value of an overlap is not one of its own
  ignore(secret.jwt_previous);
  // @ts-expect-error only an overlap has another value
  ignore(secret.key.previous);
  // @ts-expect-error the other value of an overlap has no other value itself
  ignore(secret.jwt.previous.previous);

  // @ts-expect-error the keyring is not a field of its own
  ignore(secret.aes_keyring);
  // @ts-expect-error only a key that rotates by keyring has one
  ignore(secret.key.keyring);
  // @ts-expect-error a Fernet key is its own list
  ignore(secret.fernet.keyring);
  // @ts-expect-error a keyring has no keyring itself
  ignore(secret.aes.keyring.keyring);
  // @ts-expect-error a Fernet key is base64
  randomHex(32, { rotation: keyring({ format: 'fernet' }) });
  // @ts-expect-error Airflow re-encrypts its own data
  keyring({ format: 'fernet', targets: 'reencryption.yaml' });

  // @ts-expect-error a user has one password at a time
  password(40, { rotation: overlap({ window: '1h' }) });
  // @ts-expect-error a password encrypts nothing
  password(40, { rotation: keyring() });
  // @ts-expect-error no database user goes with it
  randomHex(32, { rotation: redisAcl({ user: 'app' }) });
  const users = alternatingUsers({ database: 'postgresql', users: ['a', 'b'], usernameField: 'user' });
  // @ts-expect-error no database user goes with it
  randomHex(32, { rotation: users });
  // @ts-expect-error no database user goes with it
  randomBase64(32, { rotation: users });
  // @ts-expect-error only its issuer can replace it
  issued({ by: 'x', rotation: overlap({ window: '1h' }) });
  // @ts-expect-error one user does not alternate
  alternatingUsers({ database: 'postgresql', users: ['a'], usernameField: 'user' });
  // @ts-expect-error Redis users have two passwords instead
  alternatingUsers({ database: 'redis', users: ['a', 'b'], usernameField: 'user' });

  // @ts-expect-error a variable holds a reference, not a path
  workload({ namespace: 'app', env: { KEY: 'app/x.key' } });
  // @ts-expect-error a value has no place in a catalog
  workload({ namespace: 'app', env: { KEY: { value: 'v' } } });
  // @ts-expect-error no such kind of workload
  workload({ namespace: 'app', kind: 'Pod', env: {} });
  // @ts-expect-error the password of a URL is a field
  postgresUrl({ user: secret.user, password: 'v', host: 'db', database: 'app' });

  // @ts-expect-error a number needs a unit
  const seconds: Duration = '30';
  // @ts-expect-error no such unit
  const weeks: Duration = '1w';
  // @ts-expect-error "never" is not a length of time
  manual('by hand', { every: 'never' });
  ignore([seconds, weeks]);
}

describe('types', () => {
  it('let every rotation through that fits', () => {
    const { jwt, aes, pass } = vaultSecret('app/x', {
      jwt: randomHex(32, { rotation: overlap({ window: '1h' }) }),
      aes: randomBase64(32, { rotation: keyring({ targets: 'reencryption.yaml' }) }),
      user: username('a'),
      pass: password(40, {
        rotation: alternatingUsers({ database: 'neo4j', users: ['a', 'b'], usernameField: 'user' }),
      }),
    });
    // The compiler knows the rotation of each field.
    const window: Duration = jwt.declaration.rotation.window;
    const users: readonly [string, string] = pass.declaration.rotation.users;
    expect([window, users, jwt.previous.id]).toEqual(['1h', ['a', 'b'], 'app/x.jwt_previous']);
    expect([aes.declaration.rotation.targets, aes.keyring.id]).toEqual(['reencryption.yaml', 'app/x.aes_keyring']);
    expect(typeof doesNotCompile).toBe('function');
  });
});
