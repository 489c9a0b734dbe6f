import fc from 'fast-check';
import { DotenvDocument } from '../../lib/dotenv/document';
import { quoteValue } from '../../lib/dotenv/quoting';
import { readAsCompose } from '../../lib/dotenv/readers';
import { hardValue } from '../support/secret-values';

const text = `# heading
export A=1 # one

B = 'two
lines' # kept
C="x\\"y"
D=   # nothing yet
  E: yaml
A=last
`;

test('finds every value with its line', () => {
  const document = new DotenvDocument(text);
  expect(document.entries.map((entry) => `${entry.line} ${entry.name} ${document.written(entry)}`).join('\n'))
    .toMatchInlineSnapshot(`
   "2 A 1
   4 B 'two
   lines'
   6 C "x\\"y"
   7 D 
   8 E yaml
   9 A last"
  `);
});

test('names the earlier lines of a name that is written again', () => {
  expect(new DotenvDocument(text).repeated.map(({ name, line }) => [name, line])).toEqual([['A', 2]]);
});

test('replaces the value that counts and keeps everything else', () => {
  const changed = new DotenvDocument(text).with('A', 'new').with('B', 'b').with('D', 'd').with('F', "'f'");
  expect(changed.text).toBe(
    text.replace('A=last', 'A=new').replace("'two\nlines'", 'b').replace('D=   #', 'D=   d #') + "F='f'\n",
  );
});

test('keeps Windows line ends and a byte order mark', () => {
  const document = new DotenvDocument('\ufeffA=1\r\nB=2').with('A', 'x').with('C', '3');
  expect(document.text).toBe('\ufeffA=x\r\nB=2\r\nC=3\r\n');
});

test('any edit changes one value, and the others read as before', () => {
  const entry = fc.tuple(fc.constantFrom('A', 'B', 'C', 'D'), hardValue);
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), entry, (entries, [name, value]) => {
      const lines = entries.map(([key, text_]) => `${key}=${quoteValue(text_, ['compose']) ?? ''} # comment\n\n`);
      const before = lines.join('# a line\n');
      const after = new DotenvDocument(before).with(name, quoteValue(value, ['compose']) ?? '');
      expect(readAsCompose(after.text)).toEqual(new Map([...readAsCompose(before), [name, value]]));
      expect(after.text.match(/^# a line$/gm)).toEqual(before.match(/^# a line$/gm));
    }),
    { numRuns: 1000 },
  );
});
