const letters = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
/** Characters in the order of the alphabet, of digits, and of keyboards. */
export const sequences: readonly string[] = [
  `${digits}${letters}`.repeat(2),
  `${digits}${letters.slice(0, 6)}`.repeat(8),
  digits.repeat(8),
  ...['qwertyuiop', 'asdfghjkl', 'zxcvbnm'],
];

/** What example files and defaults of images are made of. */
export const commonWords: ReadonlySet<string> = new Set(
  (
    'a the my me our your to for of and in is it this that with not no new old one two ' +
    'password passwd pass pwd pw matkhau passphrase secret secrets key keys token tokens auth login credential credentials api jwt ' +
    'private public encryption encrypt signing session cookie salt hash hex base ' +
    'admin administrator root user users username guest owner master super superuser service account system default ' +
    'test tests testing dev develop development local localhost demo sample temp tmp debug staging stage prod production ' +
    'db database sql postgres postgresql pg mysql mssql mariadb mongo mongodb redis neo4j neo clickhouse qdrant kafka rabbit rabbitmq ' +
    'elastic elasticsearch grafana airflow mlflow minio vault php firebase nginx slack pagerduty backend frontend server client app ' +
    'nivesh welcome letmein hello world monkey dragon sunshine princess football baseball iloveyou love god ' +
    'qwerty qwertz azerty qaz zaq wsx abc abcd xyz foo bar baz qux hunter trustno shadow ninja changed value string random strong very ' +
    'secure safe good bad long short min chars characters at least here please use only tbd fixme'
  ).split(' '),
);

/** The runs of letters of a text, divided also where a small letter is before a capital. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .filter((word) => word !== '');
}

/**
 * Share of the letters of a text that are in words, known ones or such as look like it.
 * @param lettersPerStrayPair so many letters may be beside one pair that words seldom have @default 6
 */
export function wordShare(text: string, lettersPerStrayPair = 6): number {
  const words = wordsOf(text).map((word) => word.toLowerCase());
  const known = words.filter((word) => isKnown(word) || looksLikeWord(word, lettersPerStrayPair));
  return known.join('').length / words.join('').length;
}

/** Longer ones are none; what splits them takes time. */
const longestWord = 24;

/** Common words, one after the other, or keys that are beside each other. */
function isKnown(word: string): boolean {
  return (
    word.length >= 2 &&
    word.length <= longestWord &&
    (commonWords.has(word) ||
      (word.length >= 3 && sequences.some((sequence) => sequence.includes(word))) ||
      Array.from(word).some((_, at) => at >= 2 && commonWords.has(word.slice(0, at)) && isKnown(word.slice(at))))
  );
}

/**
 * Letters that follow each letter inside of English words: the pairs that at least four of the 4,339 words have that stand
 * most often in the documentation of npm packages. They are half of all pairs, so chance seldom keeps to them for long.
 */
const followers: Readonly<Record<string, string>> = {
  a: 'bcdfgiklmnprstuvwxyz',
  b: 'aeijlmorstuy',
  c: 'acehiklorstuy',
  d: 'adefgilmnorsuvwy',
  e: 'abcdefghijlmnopqrstuvwxy',
  f: 'aefilortuy',
  g: 'aeghilmnorsuy',
  h: 'aeilmnorstuy',
  i: 'abcdefgklmnoprstvxz',
  j: 'aeosu',
  k: 'aeilnsu',
  l: 'abcdefgiklopstuvy',
  m: 'abeilmopsu',
  n: 'abcdefghijklmnoprstuvy',
  o: 'abcdefgijklmnoprstuvwxy',
  p: 'adeghiloprstuy',
  q: 'u',
  r: 'abcdefghiklmnoprstuvwy',
  s: 'acefhiklmnopstuwy',
  t: 'acdefghilnorstuwy',
  u: 'abcdefgilmnoprst',
  v: 'aeio',
  w: 'aehilnors',
  x: 'aceipt',
  y: 'aceilmnopstw',
  z: 'aeio',
};

/**
 * Whether letters could be a word, known or not: vowels and consonants take turns, in pairs that words have.
 * @param word lower-case letters
 * @param lettersPerStrayPair so many letters may be beside one pair that words seldom have, as where two of them meet
 */
function looksLikeWord(word: string, lettersPerStrayPair: number): boolean {
  const strayPairs = Array.from(word.slice(1)).filter(
    (letter, at) => followers[word.charAt(at)]?.includes(letter) !== true,
  ).length;
  return (
    word.length >= 3 &&
    !/[^aeiouy]{5}|[aeiou]{4}/.test(word) &&
    (word.match(/[aeiouy]/g)?.length ?? 0) >= word.length / 8 &&
    strayPairs <= Math.floor(word.length / lettersPerStrayPair)
  );
}
