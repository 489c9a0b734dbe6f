import { valueOf, valuesOf } from './support/generated-values';
import { runDetectors } from './support/run-detectors';

/** Tokens by the forms that their issuers publish, with the rule that knows them. */
const forms: readonly (readonly [rule: string, form: RegExp])[] = [
  ['github', /^ghp_[A-Za-z0-9]{36}$/],
  ['slack', /^xoxb-[0-9]{12}-[0-9]{12}-[A-Za-z0-9]{24}$/],
  ['npm', /^npm_[A-Za-z0-9]{36}$/],
  ['sendgrid', /^SG\.[A-Za-z0-9]{22}\.[A-Za-z0-9]{43}$/],
];

const tokens = forms.map(([rule, form]) => ({ rule, values: valuesOf(form, 5) }));

test('tokens are found by the rules of secretlint, where they stand', () => {
  const cases = tokens.flatMap(({ rule, values }) => values.map((value) => ({ rule, value })));
  const sources = cases.map(({ value }, index) => ({ path: `${index}.txt`, text: `first line\nuses ${value} here\n` }));
  expect(runDetectors(sources).found.secretlint).toEqual(cases.map(({ rule, value }) => [{ rule, start: 16, value }]));
});

test('a value that asks to be replaced is none, nor is a text without one', () => {
  const value = valueOf(/^ghp_[A-Za-z0-9]{36}$/);
  const sources = [`${value.slice(0, 20)}${'example'.padEnd(20, '0')}`, '${TOKEN}', 'no token here', ''];
  expect(runDetectors(sources.map((text, index) => ({ path: `${index}.txt`, text }))).found.secretlint).toEqual(
    sources.map(() => []),
  );
});
