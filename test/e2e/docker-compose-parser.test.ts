import fc from 'fast-check';
import { quoteValue } from '../../lib/dotenv/quoting';
import { readAsCompose } from '../../lib/dotenv/readers';
import { substituteTemplate, templateVariables } from '../../lib/dotenv/compose-template';
import { ComposeGo, type ComposeAnswer } from '../support/compose-go';
import { hardValue } from '../support/secret-values';

const runs = 10_000;
let compose: ComposeGo;

beforeAll(() => {
  compose = new ComposeGo();
}, 300_000);

afterAll(() => {
  compose.dispose();
});

/** The same answer, or an error on both sides. */
function outcome<T>(action: () => T): T | 'error' {
  try {
    return action();
  } catch {
    return 'error';
  }
}

function theirs<T>(answer: ComposeAnswer | undefined, take: (answer: ComposeAnswer) => T): T | 'error' {
  if (answer === undefined || answer.error !== undefined) {
    return 'error';
  }
  return take(answer);
}

test('10,000 random values in a .env file are what Docker Compose reads', () => {
  const values = fc.sample(hardValue, runs);
  const texts = values.map((value) => `VALUE=${quoteValue(value, ['compose']) ?? ''}\nAFTER='a'\n`);
  const answers = compose.ask('parse', texts);
  expect(answers.map((answer) => answer.values)).toEqual(values.map((VALUE) => ({ VALUE, AFTER: 'a' })));
});

test('every text is read as Docker Compose reads it', () => {
  const file = fc
    .array(fc.tuple(fc.constantFrom('', '', 'A=', 'B=', 'export C=', 'D: ', ' E =', '# ', 'A'), hardValue))
    .map((lines) => lines.map((parts) => parts.join('')).join('\n'))
    // Letters that one side's Unicode tables lack are a name to the other side only.
    .map((text) => text.replace(/[^\0-\u024f\u2028\ufeff\u212a日本🔑]/gu, ''));
  const texts = fc.sample(file, runs);
  const answers = compose.ask('parse', texts);
  const differing = texts.filter((text, index) => {
    const ours = outcome(() => Object.fromEntries(readAsCompose(text)));
    return (
      JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(theirs(answers[index], ({ values }) => values ?? {})))
    );
  });
  expect(differing.slice(0, 3)).toEqual([]);
});

test('every template is replaced as Docker Compose replaces it', () => {
  const template = fc
    .array(
      fc.constantFrom(
        '${',
        '}',
        '{',
        '$',
        'A',
        'B',
        'Z',
        ':',
        '-',
        '?',
        '+',
        ':-',
        ':?',
        ':+',
        'x',
        ' ',
        '\n',
        '$$',
        '${A}',
        '${Z:-',
        'ſ',
        'K',
        '$A',
        '.',
        '1',
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join(''));
  const known: Readonly<Record<string, string>> = { A: 'one', B: '', Aſ: 'long s', x: 'small' };
  const templates = fc.sample(template, runs);
  const answers = compose.ask(
    'substitute',
    templates.map((text) => ({ template: text, values: known })),
  );
  const differing = templates.filter(
    (text, index) =>
      outcome(() => substituteTemplate(text, (name) => known[name])) !== theirs(answers[index], ({ value }) => value),
  );
  expect(differing.slice(0, 3)).toEqual([]);
});

test('every variable of a template is found', () => {
  const part = fc.oneof(
    fc.constantFrom('text', '$$', ' ', '$A', '${B}', '${C:?needed}', '${D?}'),
    fc.constantFrom('${E:-e}', '${F-${G}}', '${H:+${I:-${J}}}', '${K:-a${L}b$M}'),
  );
  const templates = fc.sample(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
    2000,
  );
  const answers = compose.ask('variables', templates);
  const names = (list: readonly string[]): string[] => [...new Set(list)].sort();
  expect(templates.map((text) => names(templateVariables(text).map(({ name }) => name)))).toEqual(
    answers.map(({ variables }) => names(Object.keys(variables ?? {}))),
  );
});

function sorted(values: Record<string, string> | 'error'): unknown {
  return values === 'error' ? values : Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}
