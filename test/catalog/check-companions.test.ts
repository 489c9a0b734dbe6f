import {
  alternatingUsers,
  DeclarationError,
  defineCatalog,
  formatProblem,
  joined,
  keyring,
  password,
  randomBase64,
  randomHex,
  username,
  vaultSecret,
  workload,
  type WorkloadDeclaration,
} from '../../lib/catalog';

function problemsOf(...environments: WorkloadDeclaration['env'][]): string[] {
  const workloads = environments.map((env, index) => [`web-${index}`, workload({ namespace: 'app', env })]);
  try {
    defineCatalog({ name: 'app', workloads: Object.fromEntries(workloads) as Record<string, WorkloadDeclaration> });
    return [];
  } catch (error) {
    return error instanceof DeclarationError ? error.problems.map(formatProblem) : [String(error)];
  }
}

describe('fields that are read together', () => {
  const users = alternatingUsers({ database: 'postgresql', users: ['app_a', 'app_b'], usernameField: 'user' });
  const database = vaultSecret('app/db', { user: username('app_a'), pass: password(40, { rotation: users }) });
  const { aes } = vaultSecret('app/aes', { aes: randomHex(16, { rotation: keyring() }) });
  const { fernet } = vaultSecret('app/fernet', {
    fernet: randomBase64(32, { rotation: keyring({ format: 'fernet' }) }),
  });

  it('are a password and its alternating user, an encryption key and its keyring', () => {
    expect(problemsOf({ USER: database.user, PASS: database.pass })).toEqual([]);
    expect(problemsOf({ ENCRYPTION_KEY: aes, ENCRYPTION_KEYRING: aes.keyring })).toEqual([]);
    expect(problemsOf({ FERNET_KEY: fernet })).toEqual([]);
  });

  it('fail in every workload that reads one without the other', () => {
    const both = { ENCRYPTION_KEY: aes, ENCRYPTION_KEYRING: aes.keyring, USER: database.user, PASS: database.pass };
    expect(
      problemsOf(
        both,
        { KEYS: joined([aes]) },
        { ENCRYPTION_KEYRING: aes.keyring, USER: database.user },
        {
          PASS: database.pass,
        },
      ),
    ).toMatchInlineSnapshot(`
     [
       "workloads.web-1.env.KEYS: the key rotates by keyring, but the workload does not read the keyring, so no new key would reach it, got app/aes.aes, allowed: app/aes.aes together with app/aes.aes_keyring, fix: add ENCRYPTION_KEYRING with ".keyring", and read both with nivesh-secrets/encryption",
       "workloads.web-2.env.ENCRYPTION_KEYRING: the keyring refers to a key that the workload does not read, got app/aes.aes_keyring, allowed: app/aes.aes_keyring together with app/aes.aes, fix: add ENCRYPTION_KEY for app/aes.aes",
       "workloads.web-3.env.PASS: the password alternates between two users, but the workload does not read the user name, got app/db.pass, allowed: app/db.pass together with app/db.user, fix: add a variable for app/db.user",
     ]
    `);
  });

  it('fail once where nobody reads the keyring', () => {
    expect(problemsOf({ ENCRYPTION_KEY: aes })).toHaveLength(1);
  });
});
