import fc from 'fast-check';
import { wordShare, wordsOf } from '../../lib/values/words';

test('words end at other characters, and where a capital follows a small letter', () => {
  expect(wordsOf('getDatabase_url2-HTTPServer')).toEqual(['get', 'Database', 'url', 'HTTPServer']);
  expect(wordsOf('123-!')).toEqual([]);
});

test.each([
  ['sunflower', 1],
  ['nginx', 1],
  ['jwtsecret', 1],
  ['qwer-zxcv', 1],
  ['kzfwqmxt', 0],
  ['bcdrstl', 0],
  ['sunflower-kzfwq', 9 / 14],
])('%s is in words by %d', (text, share) => {
  expect(wordShare(text)).toBe(share);
});

test('where two words meet, the pair of letters is forgiven in a long one only', () => {
  expect([wordShare('batman', 6), wordShare('batman', 9)]).toEqual([1, 0]);
});

test('letters alone count, and not their case', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,30}$/), fc.stringMatching(/^[0-9!#~]{0,5}$/), (word, more) => {
      const share = wordShare(word);
      expect([0, 1]).toContain(share);
      expect([wordShare(`${more}${word}${more}`), wordShare(word.toUpperCase())]).toEqual([share, share]);
    }),
  );
});

test('a word of any length takes little time', () => {
  const started = performance.now();
  ['superuser', 'keys', 'q', 'a1'].forEach((part) => wordShare(`${part.repeat(50_000)}q`));
  expect(performance.now() - started).toBeLessThan(2_000);
});
