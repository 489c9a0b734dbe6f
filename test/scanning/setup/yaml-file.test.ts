import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { YamlFile } from '../../../lib/scanning/setup/yaml-file';

function open(text: string): YamlFile {
  const file = YamlFile.parse(text);
  if (typeof file === 'string') {
    throw new Error(file);
  }
  return file;
}

it('adds an item under the others, in their column, and leaves comments, quotes and spacing as they are', () => {
  const text = '# top\nrepos:\n- repo: "x"   # keep\n  hooks: [ {id: a} ]  # this too\n\n# end\nci: {}\n';
  expect(open(text).append(['repos'], '# ours\nrepo: local\nhooks:\n  - id: b\n').text).toBe(
    '# top\nrepos:\n- repo: "x"   # keep\n  hooks: [ {id: a} ]  # this too\n# ours\n- repo: local\n  hooks:\n    - id: b\n\n# end\nci: {}\n',
  );
});

it.each([
  ['a block', 'on:\n  push: # all\njobs: {}\n', 'on:\n  push: # all\n  merge_group:\njobs: {}\n'],
  ['a text of several lines before it', 'on:\n  a: |\n    x\n\n', 'on:\n  a: |\n    x\n  merge_group:\n\n'],
  ['no line end at the end', 'on:\n  push: 1', 'on:\n  push: 1\n  merge_group:\n'],
  ['line ends of Windows', 'on:\r\n  push:\r\n', 'on:\r\n  push:\r\n  merge_group:\r\n'],
])('adds an entry to a map with %s', (_, before, after) => {
  expect(open(before).append(['on'], 'merge_group:\n').text).toBe(after);
});

it('writes a list that was empty like any other, and keeps braces where something is in them', () => {
  expect(open('repos: []\nci: {}\n').append(['repos'], 'repo: local').text).toBe('repos:\n  - repo: local\nci: {}\n');
  expect(parse(open('on: {push: }\n').append(['on'], 'merge_group:').text)).toEqual({
    on: { push: null, merge_group: null },
  });
});

it.each([
  ['no YAML', 'a: [\n'],
  ['two documents', 'a: 1\n---\nb: 2\n'],
  ['an alias that leads nowhere', 'a: *b\n'],
  [
    'aliases that multiply',
    `a: &a [x]\n${'bcdefghi'.replace(/./g, (name) => `${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)},`.repeat(12)}]\n`)}`,
  ],
])('fails for %s with a reason', (_, text) => {
  expect(YamlFile.parse(text)).toEqual(expect.any(String));
});

it('adds to any list and any map, and changes nothing else that is in the file', () => {
  const key = fc.stringMatching(/^[a-z]{1,8}$/);
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string(), { maxLength: 3 }),
  );
  fc.assert(
    fc.property(
      fc.dictionary(key, value, { minKeys: 1 }),
      fc.array(fc.dictionary(key, value, { minKeys: 1 })),
      fc.boolean(),
      fc.constantFrom(2, 4),
      (map, list, indentSeq, indent) => {
        const content = { ...map, LIST: list };
        const file = open(stringify(content, { indentSeq, indent }));
        expect(parse(file.append(['LIST'], 'added: 1').text)).toEqual({ ...map, LIST: [...list, { added: 1 }] });
        expect(parse(file.append([], 'ADDED: 1').text)).toEqual({ ...content, ADDED: 1 });
      },
    ),
  );
});
