import { substituteTemplate, TemplateError, templateVariables } from '../../lib/dotenv/compose-template';

// test/e2e/docker-compose-parser.test.ts compares both functions with Docker Compose's own code.
const values: Readonly<Record<string, string>> = { A: 'one', EMPTY: '' };

test.each([
  ['$A ${A} $$A', 'one one $A'],
  ['${NONE}|${EMPTY}|$NONE.', '||.'],
  ['${NONE:-x} ${EMPTY:-x} ${EMPTY-x} ${A:-x}', 'x x  one'],
  ['${A:+x} ${EMPTY:+x} ${EMPTY+x} ${NONE+x}', 'x  x '],
  ['${NONE:-${EMPTY:-${A}}}', 'one'],
  ['${NONE:-{"a": {}}}', '{"a": {}}'],
  ['5$ $1 $', '5$ $1 $'],
])('%s becomes %s', (template, expected) => {
  expect(substituteTemplate(template, (name) => values[name])).toBe(expected);
});

test.each([
  ['${NONE:?text}', 0],
  ['a ${EMPTY:?text}', 2],
  ['ab ${', 3],
  ['${1}', 0],
  ['${A', 0],
])('fails for %s with the place', (template, index) => {
  const error: unknown = (() => {
    try {
      return substituteTemplate(template, (name) => values[name]);
    } catch (reason) {
      return reason;
    }
  })();
  expect(error).toBeInstanceOf(TemplateError);
  expect((error as TemplateError).index).toBe(index);
});

test('lists variables with operators and places, those inside defaults too', () => {
  const text = '$A ${B:-b${C?x}} $$D';
  expect(templateVariables(text)).toEqual([
    { name: 'A', argument: '', index: 0 },
    { name: 'B', operator: ':-', argument: 'b${C?x}', index: 3 },
    { name: 'C', operator: '?', argument: 'x', index: 9 },
  ]);
  expect(text.slice(9, 13)).toBe('${C?');
});
