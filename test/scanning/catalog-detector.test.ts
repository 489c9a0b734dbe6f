import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { CatalogDetector } from '../../lib/scanning/catalog-detector';
import type { DeclaredNames } from '../../lib/scanning/declared-names';
import { credentials } from '../support/credentials';
import { valueOf } from './support/generated-values';

const names: DeclaredNames = new Map([
  ['LEDGER', 'shop/backend.ledger'],
  ['LEDGER_OLD', undefined],
  ['a.b', 'shop/backend.a'],
]);

function find(text: string, path = 'a.env', known = names): { rule: string; value: string; field?: string }[] {
  return new CatalogDetector(known).find({ path, text }).map(({ rule, start, value, ...rest }) => {
    expect(text.startsWith(value.reveal(), start)).toBe(true);
    return { rule, value: value.reveal(), ...rest };
  });
}

const value = valueOf(/^(?:[a-z][0-9][A-Z]){8}$/);

test('a declared name is found with its field, and by the whole of it', () => {
  expect(find(`LEDGER=${value}`)).toEqual([{ rule: 'declared-name', value, field: 'shop/backend.ledger' }]);
  expect(find(`LEDGER_OLD=${value}`)).toEqual([{ rule: 'declared-name', value }]);
  expect(find(`a.b: ${value}`)).toEqual([{ rule: 'declared-name', value, field: 'shop/backend.a' }]);
  expect(find(`LEDGERS=${value}\na-b: ${value}`)).toEqual([]);
  expect(find(`LEDGER=${value}`, 'a.env', new Map())).toEqual([]);
});

test.each([
  'DB_PASSWORD',
  'apiToken',
  'redis.passwd',
  'client-secret',
  'SLACK_WEBHOOK_URL',
  'SENTRY_DSN',
  'signingKey',
  'PAGERDUTY_KEY',
  'pepper',
])('a name that speaks of a secret is enough: %s', (name) => {
  expect(find(`${name}: ${value}`)).toEqual([{ rule: 'secret-name', value }]);
});

test.each([
  'TOKEN_FILE',
  'PASSWORD_MIN_LENGTH',
  'PUBLIC_KEY',
  'cacheKey',
  'checksum/secret',
  'sha256/secret',
  'keyboard',
  'author',
])('a name that speaks of something else is not: %s', (name) => {
  expect(find(`${name}: ${value}`)).toEqual([]);
});

test('beside any other key only a value with the form of keys counts', () => {
  const [hexadecimal, short] = [valueOf(/^[0-9]{2}[0-9a-f]{30}$/), valueOf(/^[0-9][A-Z][a-z]{8}$/)];
  expect(find(`PAGERDUTY_KEY=${hexadecimal}`)).toEqual([{ rule: 'secret-name', value: hexadecimal }]);
  expect(find(`PAGERDUTY_KEY=${short}`)).toEqual([]);
  expect(find(`PAGERDUTY_KEY=key!${hexadecimal}`)).toEqual([]);
  expect(find(`PAGERDUTY_KEY=${valueOf(/^(?:[a-z][A-Z]){12}$/)}`)).toEqual([]);
});

test('an example is none, whatever its name', () => {
  expect(find('LEDGER=change-me\nDB_PASSWORD=${DB_PASSWORD}\nAPI_TOKEN=example-token-1234')).toEqual([]);
});

test('the bookkeeping beside a sealed value is none', () => {
  expect(find(`# cert:0a1b mac:2c3d key: ${value}`)).toEqual([]);
  expect(find(`# note:0a1b key: ${value}`)).toHaveLength(1);
});

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test.each([
  ['connection-string', credentials('app', value, 'host/name'), value],
  ['private-key', pem, pem.slice(0, pem.indexOf('-----END'))],
  ['vault-token', `hvs.${value}`, `hvs.${value}`],
])('its form alone gives away what is a %s, also in the data of a Kubernetes Secret', (rule, text, found) => {
  expect(find(`${text}\n`, 'a.txt')).toEqual([{ rule, value: found }]);
  const encoded = Buffer.from(text).toString('base64');
  expect(find(`kind: Secret\ndata:\n  whatever: ${encoded}\n`, 'a.yaml')).toContainEqual({ rule, value: encoded });
});

test('a token that is an example is none', () => {
  expect(find(`hvs.example${value}`, 'a.txt')).toEqual([]);
});

test('any name can be declared, whatever its characters, and is found', () => {
  const name = fc.stringMatching(/^[\w.-]{1,30}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), (declared) => {
      const known = new Map(declared.map((one) => [one, `shop/a.${one}`]));
      for (const one of declared) {
        expect(find(`${one}: ${value}`, 'a.yaml', known)).toEqual([
          { rule: 'declared-name', value, field: `shop/a.${one}` },
        ]);
      }
    }),
  );
});

test('its version changes with the names that it knows and their fields', () => {
  const versions = [names, new Map([['LEDGER', undefined]]), new Map([['LEDGER', 'shop/a.b']]), new Map()].map(
    (known) => new CatalogDetector(known).version,
  );
  expect(new Set(versions).size).toBe(4);
  expect(new CatalogDetector(new Map(names)).version).toBe(versions[0]);
});
