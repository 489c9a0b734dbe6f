import fc from 'fast-check';
import { findUrlPasswords } from '../../lib/scanning/connection-strings';

function found(text: string): string[] {
  return [...findUrlPasswords(text)].map(({ value }) => value);
}

test.each([
  ['postgresql', 'app'],
  ['redis', ''],
  ['mongodb+srv', 'app'],
  ['amqp', 'app.user'],
  ['https', 'deploy'],
])('the password of %s://%s is found, whatever stands around it', (scheme, user) => {
  const password = fc.uniqueArray(fc.constantFrom(...Array.from('kzfwqmxtbrhdKZFWQMXT4927#!~')), { minLength: 12 });
  fc.assert(
    fc.property(password, fc.constantFrom('', ' ', '"', "url: '", '\n- '), (characters, before) => {
      const value = `q7${characters.join('')}`;
      const text = `${before}${scheme}://${user}:${value}@host:1/name`;
      const [first] = findUrlPasswords(text);
      expect(first && text.slice(first.start, first.start + value.length)).toBe(value);
      expect(found(text)).toEqual([value]);
    }),
  );
});

test.each([
  'postgresql://host/name',
  'postgresql://app@host/name',
  'postgresql://app:${PASSWORD}@host/name',
  'postgresql://app:{{ .password }}@host/name',
  'http://localhost:8080/@scope/package',
  'https://example.com/a:b@c',
])('a URL without one has none: %s', (text) => {
  expect(found(text)).toEqual([]);
});

test('a line of any length takes little time', () => {
  const started = performance.now();
  found('://'.repeat(100_000));
  found(`a://${'b:'.repeat(100_000)}`);
  found('a://b:c'.repeat(50_000));
  expect(performance.now() - started).toBeLessThan(5_000);
});
