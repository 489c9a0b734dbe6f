import { randomBytes } from 'node:crypto';
import type { ValueSource } from '../../lib/catalog';
import { generateValue } from '../../lib/values/generate';
import { refuseExamples } from '../../lib/values/refuse-examples';
import { SecretValue } from '../../lib/values/secret-value';

const committed = randomBytes(20).toString('hex');
const refusal = refuseExamples({ production: true }, new Set([committed]));
const elsewhere = refuseExamples({ production: false }, new Set([committed]));

test.each([
  ['stands in an example file', committed, 'it is a value of the example files in the repository'],
  ['is a placeholder', 'change-me', 'it is a placeholder'],
  ['is made of dictionary words', 'nivesh_dev_password', 'it is made of common words'],
  ['counts', '12345678', 'it repeats or counts characters'],
])('production refuses a value that %s, and other environments do not', (_, text, reason) => {
  expect(refusal(new SecretValue(text))).toBe(`the value looks like an example: ${reason}`);
  expect(elsewhere(new SecretValue(text))).toBeUndefined();
});

test('production takes names of accounts, and every value that is generated', () => {
  const account: ValueSource = { type: 'username', initial: 'postgres' };
  const generated: ValueSource[] = [
    { type: 'randomHex', bytes: 16 },
    { type: 'randomBase64', bytes: 32 },
    { type: 'password', length: 40 },
  ];
  for (const source of [account, ...generated]) {
    const value = generateValue(source);
    expect(value && refusal(value, source)).toBeUndefined();
  }
});
