import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { findPrivateKeys } from '../../lib/scanning/private-keys';

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();

test.each([
  ['as it is', pem],
  ['with escaped line ends', pem.replaceAll('\n', '\\n')],
  ['indented in YAML', pem.replaceAll('\n', '\n    ')],
  ['joined in code', pem.split('\n').join("' +\n  '")],
])('a private key is found %s', (_, key) => {
  const text = `key: ${key}\nmore: 1\n`;
  const found = [...findPrivateKeys(text)];
  expect(found.map(({ start }) => start)).toEqual([5]);
  expect(text.startsWith(found[0]?.value ?? 'none', 5)).toBe(true);
});

test('a private key is found in base64, and one that another begins behind', () => {
  const encoded = Buffer.from(pem).toString('base64');
  expect([...findPrivateKeys(`data: ${encoded}\n`)].map(({ value }) => value)).toEqual([encoded]);
  expect([...findPrivateKeys(`${pem}\n${pem}\n`)]).toHaveLength(2);
});

test.each([
  ['a public key', pem.replaceAll('PRIVATE', 'PUBLIC')],
  ['an ellipsis', '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----'],
  ['a placeholder', `-----BEGIN PRIVATE KEY-----\n<${randomBytes(60).toString('base64')}>\n-----END PRIVATE KEY-----`],
  ['the same letter again', `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(80)}\n-----END PRIVATE KEY-----`],
  ['a word about keys', 'files begin with -----BEGIN PRIVATE KEY-----'],
])('%s is none', (_, text) => {
  expect([...findPrivateKeys(text)]).toEqual([]);
});
