import { issued, keyring, overlap, password, randomBase64, randomHex, username, vaultSecret } from '../../lib/catalog';
import { problemsOf, withSecrets, withWorkloads } from './support';

describe('paths and fields of secrets', () => {
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

  it.each(['1st', 'a.b', 'a-b', '_a', '', 'ä', 'a b'])('fails for a field called %j', (name) => {
    expect(problemsOf(withSecrets(vaultSecret('app/x', { [name]: randomHex(32) })))).toEqual([
      `secrets.app/x.${name}: the field name is not usable (templates and audit queries need an identifier)`,
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

describe('values of fields', () => {
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
