import { readIgnoreComments } from '../../../lib/check/repository/ignore-comments';
import type { RepositoryFinding } from '../../../lib/check/repository/rule';
import { allRules } from '../../../lib/check/repository/rules';
import { readSuppressionFile } from '../../../lib/check/repository/suppression-file';
import { applySuppressions, type Suppression } from '../../../lib/check/repository/suppressions';
import { codeBlocks } from '../../support/documentation';

const now = new Date('2026-11-26T12:00:00Z');
const ids = allRules.map(({ id }) => id);

const finding = (file: string, line: number, rule = 'secret-not-made'): RepositoryFinding => ({
  rule,
  location: { file, line },
  message: 'm',
  fix: 'f',
  related: [],
});

/** What is left, and how many findings are suppressed. */
function apply(findings: readonly RepositoryFinding[], suppressions: readonly Suppression[]): string[] {
  const result = applySuppressions(findings, suppressions, ids, now);
  return [
    ...result.findings.map(({ rule, location, message, fix }) =>
      message === 'm' ? rule : `${rule} ${location.file}:${location.line ?? 0} ${message} / ${fix}`,
    ),
    `suppressed: ${result.suppressed.length}`,
  ];
}

const comment = (text: string): Suppression[] =>
  readIgnoreComments('a.yaml', `a: 1\n# nivesh-secrets-ignore ${text}\nb: 2\n`);
const valid = 'secret-not-made until 2026-11-26: Terraform makes it';

describe('a comment', () => {
  it.each([2, 3])('suppresses a finding on line %i, its own or the next one, up to its last day', (line) => {
    expect(apply([finding('a.yaml', line)], comment(valid))).toEqual(['suppressed: 1']);
  });

  it.each([
    ['on another line', finding('a.yaml', 4)],
    ['in another file', finding('b.yaml', 3)],
    ['of another rule', finding('a.yaml', 3, 'key-not-provided')],
  ])('suppresses no finding %s, and is a finding then', (_, other) => {
    expect(apply([other], comment(valid))).toEqual([
      other.rule,
      'suppression-unused a.yaml:2 nothing here is a secret-not-made / remove it',
      'suppressed: 0',
    ]);
  });

  it.each([
    ['secret-not-made until 2026-11-25: why', 'suppression-expired', 'ended on 2026-11-25'],
    ['secret-not-made until 2027-02-30: why', 'suppression-incomplete', 'has a last day that is none'],
    ['secret-not-made: why', 'suppression-incomplete', 'has no last day'],
    ['secret-not-made until 2027-01-01', 'suppression-incomplete', 'has no reason'],
    ['secret-not-mad until 2027-01-01: why', 'suppression-incomplete', 'did you mean secret-not-made?'],
  ])('fails to suppress as "%s"', (text, rule, words) => {
    const [left, mistake, suppressed] = apply([finding('a.yaml', 3)], comment(text));
    expect([left, suppressed]).toEqual(['secret-not-made', 'suppressed: 0']);
    expect(mistake).toContain(rule);
    expect(mistake).toContain(words);
  });

  it('is read after the comment signs of every kind of file, and nowhere else', () => {
    const line = `nivesh-secrets-ignore ${valid}`;
    const read = (text: string): number => readIgnoreComments('a', text).length;
    expect(['#', '//', '--'].map((sign) => read(`x ${sign} ${line}`))).toEqual([1, 1, 1]);
    expect(read(`text: ${line}`)).toBe(0);
  });
});

it('suppresses as docs/check.md says', () => {
  const [commented = '', file = ''] = codeBlocks('check.md', 'yaml');
  expect(apply([finding('a.yaml', 2)], readIgnoreComments('a.yaml', commented))).toEqual(['suppressed: 1']);
  expect(apply([finding('k8s/ingress.yaml', 1)], readSuppressionFile(file).suppressions)).toEqual(['suppressed: 1']);
});

describe('the file of suppressions', () => {
  const file = (...items: readonly string[]): Suppression[] => [
    ...readSuppressionFile(`suppressions:\n${items.map((item) => `  - ${item}\n`).join('')}`).suppressions,
  ];

  it('suppresses a rule in a file, or in a folder with everything below it', () => {
    const rest = 'reason: Terraform makes it, until: 2027-01-31 }';
    expect(
      apply(
        [finding('k8s/a.yaml', 1), finding('infra/b/c.yaml', 1), finding('k8s/a.yaml.bak', 1)],
        file(`{ rule: secret-not-made, path: k8s/a.yaml, ${rest}`, `{ rule: secret-not-made, path: infra, ${rest}`),
      ),
    ).toEqual(['secret-not-made', 'suppressed: 2']);
  });

  it('fails where an entry has no path, as one that matches nothing', () => {
    expect(apply([], file('{ rule: secret-not-made, reason: why, until: 2027-01-31 }'))).toEqual([
      'suppression-unused .nivesh-secrets-check.yaml:2 nothing here is a secret-not-made / remove it',
      'suppressed: 0',
    ]);
  });

  it.each(['', 'suppressions: none', '- a', 'suppressions: [', '{'])(
    'fails as "%s", with what is to be written',
    (text) => {
      expect(readSuppressionFile(text)).toMatchObject({
        suppressions: [],
        unreadable: [
          { file: '.nivesh-secrets-check.yaml', fix: 'write suppressions: [{ rule, path, reason, until }]' },
        ],
      });
    },
  );
});
