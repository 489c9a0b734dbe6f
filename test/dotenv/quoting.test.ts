import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { parse } from 'dotenv';
import fc from 'fast-check';
import type { DotenvReader } from '../../lib/catalog';
import { quoteValue } from '../../lib/dotenv/quoting';
import { readAsCompose } from '../../lib/dotenv/readers';
import { credentials } from '../support/credentials';
import { hardValue } from '../support/secret-values';

const numRuns = 10_000;
const both: readonly DotenvReader[] = ['compose', 'dotenv'];

/** Whether a reader gets exactly this value, and its neighbours too. */
function survives(reader: DotenvReader, quoted: string, value: string): boolean {
  const text = `FIRST='1'\nVALUE=${quoted}\nLAST="2"\n`;
  const values = reader === 'dotenv' ? parse(text) : Object.fromEntries(readAsCompose(text));
  return Object.keys(values).join() === 'FIRST,VALUE,LAST' && values.VALUE === value && values.LAST === '2';
}

test('10,000 values of any characters survive both parsers', () => {
  const anything = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));
  fc.assert(
    fc.property(anything, (value) => {
      // Half of a surrogate pair has no UTF-8.
      fc.pre(!/\p{Surrogate}/u.test(value) && mustFit(value));
      const quoted = quoteValue(value, both);
      return quoted !== undefined && both.every((reader) => survives(reader, quoted, value));
    }),
    { numRuns },
  );
});

test('10,000 values that are hard to quote survive Docker Compose', () => {
  fc.assert(
    fc.property(hardValue, (value) => survives('compose', quoteValue(value, ['compose']) ?? '', value)),
    { numRuns },
  );
});

test('10,000 values that are hard to quote survive dotenv, or are refused where it has no way to write them', () => {
  const refused = refusals(['dotenv'], dotenvMustFit);
  expect(refused).toBeLessThan(numRuns / 50);
});

test('10,000 values that are hard to quote survive both parsers, or are refused where no way of writing fits both', () => {
  const refused = refusals(both, mustFit);
  expect(refused).toBeLessThan(numRuns / 10);
});

function refusals(readers: readonly DotenvReader[], fits: (value: string) => boolean): number {
  let refused = 0;
  fc.assert(
    fc.property(hardValue, (value) => {
      const quoted = quoteValue(value, readers);
      refused += quoted === undefined ? 1 : 0;
      return quoted === undefined ? !fits(value) : readers.every((reader) => survives(reader, quoted, value));
    }),
    { numRuns },
  );
  return refused;
}

/** dotenv has no escapes but `\n` and `\r` in double quotes, which it always replaces. */
function dotenvMustFit(value: string): boolean {
  const free = ["'", '`'].some((quote) => !value.includes(quote)) || !/"|\\[nr]/.test(value);
  return free && !value.includes('\r');
}

/** Single quotes carry everything to both but themselves, a carriage return, and a backslash before the closing one. */
function mustFit(value: string): boolean {
  return !/['\r]|\\$/.test(value);
}

test.each([
  ['a word', 'abc-DEF_123'],
  ['a URL', credentials('u', 'p%40ss', 'localhost:5432/db?schema=public')],
])('%s is written without quotes', (_, value) => {
  expect(quoteValue(value, both)).toBe(value);
});

test('what issuers make fits both parsers', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const values = [
    pem,
    pem.replaceAll('\n', '\\n'),
    JSON.stringify({ type: 'service_account', private_key: pem, note: '$HOME #1' }),
    `https://hooks.example.com/services?a=1&b=${randomBytes(8).toString('hex')}#x`,
    ...Array.from({ length: 100 }, () => randomBytes(24).toString('base64')),
  ];
  expect(values.filter((value) => quoteValue(value, both) === undefined)).toEqual([]);
  expect(quoteValue(pem, both)?.split('\n')).toHaveLength(1);
});

test('an empty value has quotes, so that a comment after it is none of it', () => {
  expect(quoteValue('', both)).toBe("''");
});

test.each([
  ['NUL', 'a\0b'],
  ['half of a surrogate pair', 'a\ud800b'],
  ["' with $ for both readers", "it's $HOME"],
])('fails %s', (_, value) => {
  expect(quoteValue(value, both)).toBeUndefined();
});
