import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { entropyOf, isHarmless, isPlausible } from '../../lib/scanning/plausible-value';

test.each<[string, () => string]>([
  ['hexadecimal', () => randomBytes(32).toString('hex')],
  ['base64', () => randomBytes(24).toString('base64')],
  ['a document with a key in it', () => JSON.stringify({ id: 1, key: randomBytes(24).toString('hex') })],
])('a generated value can be a secret: %s', (_, make) => {
  expect(isPlausible(make())).toBe(true);
});

test.each([
  '${JWT_SECRET}',
  '{{ .jwt_secret }}',
  '$(cat file)',
  'vault:secret/data/a#b',
  'arn:aws:secretsmanager:eu-west-1:000000000000:secret:a',
  `sha256-${'a1B2'.repeat(11)}`,
  `$2b$10$${'a1B2'.repeat(13)}`,
  '2026-11-27T10:00:00Z',
  '10.0.0.1:8080',
  'registry.example/shop/backend',
  'getDatabasePassword',
  'two words here',
  '----------12',
  'short1A',
])('what is a reference, a hash, a date, a name or short is none: %s', (value) => {
  expect(isPlausible(value)).toBe(false);
});

test('a password without vowels can be a secret, however few its words are', () => {
  const characters = fc.uniqueArray(fc.constantFrom(...Array.from('kzfwqmxtbrhdKZFWQMXT296#~')), { minLength: 12 });
  fc.assert(
    fc.property(characters, (rest) => {
      expect(isPlausible(`q7A${rest.join('')}`)).toBe(true);
    }),
  );
});

test('any text is judged, a harmless one is never plausible, and a long one takes little time', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (value) => {
      expect(isPlausible(value) && isHarmless(value)).toBe(false);
    }),
  );
  const started = performance.now();
  ['a1', '{"a":', 'A', '1.'].forEach((part) => isPlausible(part.repeat(4_000)));
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('entropy is what Shannon says, and at most the logarithm of the length', () => {
  expect([entropyOf('aaaa'), entropyOf('abab'), entropyOf('abcd')]).toEqual([0, 1, 2]);
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      expect(entropyOf(value)).toBeLessThanOrEqual(Math.log2(value.length) + 1e-9);
    }),
  );
});
