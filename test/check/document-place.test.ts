import { LineCounter, parseDocument } from 'yaml';
import { DocumentPlace } from '../../lib/check/document-place';

const text = [
  'base: &base',
  '  kept: 1',
  '  hidden: 1',
  'more: &more { far: 1 }',
  'list:',
  '  - { <<: [*base, *more], hidden: 2 }',
  '  - !reset',
  'alias: *base',
  '7: number',
].join('\n');

const lines = new LineCounter();
const place = new DocumentPlace('a.yaml', parseDocument(text, { lineCounter: lines, merge: true }), lines);

test.each<[string, (string | number)[], number]>([
  ['the document', [], 1],
  ['a key', ['list'], 5],
  ['an entry of a list', ['list', 1], 7],
  ['a key that is written over', ['list', 0, 'hidden'], 6],
  ['a key that is merged', ['list', 0, 'kept'], 2],
  ['a key of the second that is merged', ['list', 0, 'far'], 4],
  ['a key behind an alias', ['alias', 'hidden'], 3],
  ['a key that is a number', ['7'], 9],
  ['the nearest part above one that is not there', ['list', 0, 'none', 'deeper'], 6],
  ['the nearest part above an entry that is not there', ['list', 5], 5],
])('the line of %s', (_, path, line) => {
  expect(place.locate(path)).toEqual({ file: 'a.yaml', line });
});

test('tags are known where they stand, and nowhere else', () => {
  expect([place.tagOf(['list', 1]), place.tagOf(['list', 9]), place.tagOf(['none'])]).toEqual([
    '!reset',
    undefined,
    undefined,
  ]);
});
