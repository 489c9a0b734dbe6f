import fc from 'fast-check';
import { findAssignments } from '../../lib/scanning/assignments';

function found(text: string, path = 'a.env'): string[] {
  return [...findAssignments({ path, text }, /token/gi)].map(({ name, value }) => `${name} ${value}`);
}

test.each([
  ['a.env', 'API_TOKEN=abc', 'API_TOKEN abc'],
  ['a.yaml', 'api.token: abc', 'api.token abc'],
  ['a.yaml', 'token: |\n  abc\n', 'token abc'],
  ['a.yaml', '- name: TOKEN\n  value: abc', 'TOKEN abc'],
  ['a.json', '"token": "abc"', 'token abc'],
  ['a.ts', "process.env['TOKEN'] ?? 'abc'", 'TOKEN abc'],
  ['a.ts', "token: string = 'abc'", 'token abc'],
  ['a.ts', "get('TOKEN', 'abc')", 'TOKEN abc'],
  ['a.py', 'token = """abc"""', 'token abc'],
  ['Dockerfile', 'ENV TOKEN abc', 'TOKEN abc'],
  ['a.sh', 'run --token abc', '--token abc'],
  ['a.env', 'AUTH_TOKEN="Bearer abc"', 'AUTH_TOKEN abc'],
])('in %s the value of %j is found', (path, text, expected) => {
  expect(found(text, path)).toEqual([expected]);
});

test.each([
  ['a.ts', 'token = other'],
  ['a.ts', "token === 'abc"],
  ['a.env', 'token'],
  ['a.json', '"token": abc'],
])('in %s %j has no value', (path, text) => {
  expect(found(text, path)).toEqual([]);
});

test('whatever stands around it, a value is where it is said to be, and belongs to a name with the word', () => {
  const piece = fc.oneof(
    fc.constantFrom('token', '=', ':', '"', "'", '\n', ' ', '`', '\\', '{', 'value', '${', 'ENV '),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom('a.ts', 'a.env', 'a.json'), (parts, path) => {
      const text = parts.join('');
      for (const { name, start, value } of findAssignments({ path, text }, /token/gi)) {
        expect(text.slice(start, start + value.length)).toBe(value);
        expect(name.toLowerCase()).toContain('token');
      }
    }),
  );
});

test('a line of any length takes little time', () => {
  const started = performance.now();
  found('token'.repeat(200_000));
  found(`token="${'\\"'.repeat(200_000)}`);
  found('token = '.repeat(50_000), 'a.ts');
  expect(performance.now() - started).toBeLessThan(5_000);
});
