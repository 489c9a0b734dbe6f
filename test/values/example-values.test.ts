import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { password, randomBase64, randomHex } from '../../lib/catalog';
import { exampleReason, findExample } from '../../lib/values/example-values';
import { Keyring } from '../../lib/encryption';
import { generateValue, initialKeyring } from '../../lib/values/generate';
import { SecretValue } from '../../lib/values/secret-value';
import { credentials } from '../support/credentials';
import { standInValue } from '../../lib/values/stand-in';

const none: ReadonlySet<string> = new Set();

/** A private key block around a text that is none. */
function pemOf(body: string, newline: string): string {
  const line = (word: string): string => `-----${word} ${['PRIVATE', 'KEY'].join(' ')}-----`;
  return [line('BEGIN'), body, line('END'), ''].join(newline);
}

function kindOf(text: string, examples = none): string | undefined {
  return findExample(new SecretValue(text), examples)?.kind;
}

test('a keyring is no example, neither the first one nor one with a key', () => {
  const first = Keyring.parse(initialKeyring, new SecretValue(randomBytes(16).toString('hex')));
  expect(kindOf(initialKeyring)).toBeUndefined();
  expect(kindOf(first.withNewKey().keyring.serialize().reveal())).toBeUndefined();
});

test.each([
  'change-me',
  'CHANGE_ME_IN_PRODUCTION',
  'ChangeMe123!',
  '<password>',
  '${JWT_SECRET}',
  '{{ secret }}',
  'your_jwt_secret_here',
  'your-token',
  'replace-with-a-real-key',
  'xxxxxxxx',
  'todo',
  '...',
  'this-is-an-example-value-please-do-not-use-it',
  credentials('user', '<password>', 'localhost:5432/db'),
  credentials('user', 'change%2Dme', 'localhost:5432/db'),
  'https://hooks.example.com/services/1',
  pemOf('YOUR_KEY', '\\n'),
  pemOf('abc', '\n'),
])('%s is a placeholder', (text) => {
  expect(kindOf(text)).toBe('placeholder');
});

test.each([
  'postgres',
  'password',
  'Password1',
  'nivesh_dev_password',
  'grafana-admin-2024',
  'admin',
  'redis',
  'sunflower',
  'my-jwt-secret-value',
  '4711',
  'P@ssw0rd',
  'Tr0ub4dor&3',
  'Summer2024!',
  'batman123',
  'devdbpass',
  'phpmyadmin1',
  'sqlserver-2024',
  'zxcv1234',
  'matkhau123',
])('%s is made of words', (text) => {
  expect(kindOf(text)).toBe('words');
});

test.each(['aaaaaaaaaaaa', '12345678', '0123456789abcdef'.repeat(2), 'abababab', 'qwertyuiop', '00000000000000000001'])(
  '%s is a pattern',
  (text) => {
    expect(kindOf(text)).toBe('pattern');
  },
);

test('a value of the example files is found as it is, with space around it, and as the password of a URL', () => {
  const value = randomBytes(12).toString('hex');
  const examples = new Set([value]);
  expect(kindOf(value)).toBeUndefined();
  expect(kindOf(value, examples)).toBe('repository');
  expect(kindOf(` ${value}\n`, examples)).toBe('repository');
  expect(kindOf(`mongodb://user:${value}@localhost:27017/db`, examples)).toBe('repository');
});

test('the reason never shows the value', () => {
  const value = `change-me-${randomBytes(8).toString('hex')}`;
  expect(exampleReason(new SecretValue(value), none)).toBe('it is a placeholder');
  expect(exampleReason(new SecretValue(randomBytes(16).toString('hex')), none)).toBeUndefined();
  expect(exampleReason(new SecretValue(''), none)).toBeUndefined();
});

test.each([
  ['randomHex(16)', randomHex(16)],
  ['randomHex(32)', randomHex(32)],
  ['randomBase64(16)', randomBase64(16)],
  ['randomBase64(32)', randomBase64(32)],
  ['password(20)', password(20)],
  ['password(40)', password(40)],
])('10,000 values of %s are not taken for examples', (_, field) => {
  const taken = Array.from({ length: 10_000 }, () => generateValue(field.source)).filter(
    (value) => value === undefined || findExample(value, none) !== undefined,
  );
  expect(taken).toHaveLength(0);
});

test.each([
  ['letters and digits', 14, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 0.002],
  ['small letters', 16, 'abcdefghijklmnopqrstuvwxyz', 0.01],
  ['base32', 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 0.01],
])('of random %s, %i of them, hardly any are taken for words', (_, length, alphabet, share) => {
  const random = (): string => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
  const taken = Array.from({ length: 5_000 }, random).filter((text) => kindOf(text) !== undefined);
  expect(taken.length / 5_000).toBeLessThan(share);
});

test('what issuers make is not taken for an example', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const base62 = randomBytes(60)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '');
  const real = [
    pem,
    pem.replaceAll('\n', '\\n'),
    standInValue({ format: 'pem' }).reveal(),
    `hf_${base62.slice(0, 34)}`,
    `https://hooks.slack.com/services/T${base62.slice(0, 9).toUpperCase()}/B${base62.slice(9, 18).toUpperCase()}/${base62.slice(18, 42)}`,
    randomBytes(16).toString('hex'),
    randomBytes(24).toString('base64'),
    'quorum unusual lapidary vesicle',
    `postgresql://nivesh:${randomBytes(12).toString('hex')}@localhost/db`,
    `clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n    server: https://api.staging.example.com\n`,
    JSON.stringify({ type: 'service_account', private_key: pem }),
  ];
  expect(real.filter((text) => kindOf(text) !== undefined)).toEqual([]);
});
