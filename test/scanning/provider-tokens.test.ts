import fc from 'fast-check';
import { findProviderTokens } from '../../lib/scanning/provider-tokens';

const forms: readonly (readonly [rule: string, form: RegExp])[] = [
  ['vault-token', /^hv[sbr]\.[A-Za-z0-9_-]{24,100}$/],
  ['hugging-face-token', /^hf_[A-Za-z0-9]{34,40}$/],
  ['gitlab-token', /^gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|oas|soat|ffct)-[A-Za-z0-9_-]{20,64}$/],
  ['gitlab-token', /^glagent-[A-Za-z0-9_-]{50,100}$/],
  ['gitlab-token', /^GR1348941[A-Za-z0-9_-]{20}$/],
  ['google-api-key', /^AIza[A-Za-z0-9_-]{35}$/],
  ['aws-access-key', /^A(?:KIA|SIA)[A-Z2-7]{16}$/],
  ['stripe-key', /^[sr]k_live_[A-Za-z0-9]{24,100}$/],
];

test.each(forms)('a token is found where it stands, whatever is around it: %s %s', (rule, form) => {
  const before = fc.constantFrom('', ' ', '"', '=', 'TOKEN: ', '\n', '://user:', 'é');
  const after = fc.constantFrom('', ' ', '"', '\n', '@host', "';", ')');
  fc.assert(
    fc.property(before, fc.stringMatching(form), after, (head, value, tail) => {
      expect([...findProviderTokens(`${head}${value}${tail}`)]).toEqual([{ rule, start: head.length, value }]);
    }),
  );
});

test('one that stands behind another is found as well', () => {
  const values = fc.sample(fc.stringMatching(/^hf_[A-Za-z0-9]{34}$/), 3);
  expect([...findProviderTokens(values.join(' '))].map(({ value }) => value)).toEqual(values);
});

test.each(forms)('what begins inside of a word, or is too short, is none: %s %s', (_, form) => {
  fc.assert(
    fc.property(fc.stringMatching(form), (value) => {
      expect([...findProviderTokens(`x${value}`)]).toEqual([]);
      expect([...findProviderTokens(value.slice(0, 19))]).toEqual([]);
    }),
  );
});

test('a line of any length takes little time', () => {
  const started = performance.now();
  ['hvs.', 'hf_', 'glpat-', 'GR1348941', 'AIza', 'AKIA', 'sk_live_', 'a-'].forEach((part) => {
    expect([...findProviderTokens(part.repeat(50_000))].length).toBeLessThan(5_000);
  });
  expect(performance.now() - started).toBeLessThan(2_000);
});
