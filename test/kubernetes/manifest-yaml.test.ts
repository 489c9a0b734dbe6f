import { Yaml } from 'cdk8s';
import fc from 'fast-check';
import { manifestYaml } from '../../lib/kubernetes/manifest-yaml';

const words = fc.constantFrom(
  ...[
    'yes',
    'No',
    'on',
    'y',
    'null',
    '~',
    '',
    'true',
    'FALSE',
    '0x1F',
    '0o7',
    '1e3',
    '1_000',
    '12:30:45',
    '.inf',
    '-0',
  ],
  ...[
    '2026-11-26',
    '<<',
    '---',
    '... x',
    '- a',
    '-',
    '?',
    '? a',
    'a: b',
    'a:',
    'key #1',
    '#1',
    'trailing ',
    ' leading',
  ],
  ...[
    '{{ .postgres__password }}',
    '{{ .a | replace "+" "%20" }}',
    "{it's}",
    '{back\\slash}',
    'postgresql://{{ .a }}:5432/a',
  ],
  ...[
    'a-',
    'letters-',
    'letters:',
    'two\nlines',
    'ends with one\n',
    '\ttab',
    'café noir',
    '*alias',
    '&anchor',
    '!tag',
    '%',
    '@',
  ],
);
const text = fc.oneof(
  words,
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(words).map((parts) => parts.join('')),
);

describe('manifestYaml', () => {
  it('is the text of cdk8s for anything that JSON can say', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(text, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(text, value), (manifest) => {
        expect(manifestYaml(manifest)).toBe(Yaml.stringify(manifest));
      }),
    );
  });

  it('is the text of cdk8s for what is rare in manifests', () => {
    const shared = { name: 'shared' };
    const manifests = [
      { first: shared, second: [shared] },
      { value: undefined },
      { at: new Date(0) },
      { ['k'.repeat(1100)]: 'v' },
      { long: 'word '.repeat(500) },
    ];
    expect(manifests.map(manifestYaml)).toEqual(manifests.map((manifest) => Yaml.stringify(manifest)));
  });
});
