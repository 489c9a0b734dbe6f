import type { SecretValue } from './secret-value';
import { commonWords, sequences, wordShare, wordsOf } from './words';

/**
 * Why a value cannot be a real secret:
 * `repository`: it stands in the repository's example files; `placeholder`: it asks to be replaced;
 * `words`: it is made of common words; `pattern`: it repeats or counts.
 */
export type ExampleKind = 'repository' | 'placeholder' | 'words' | 'pattern';

/** What is wrong with a value that looks like an example. */
export interface ExampleFinding {
  readonly kind: ExampleKind;
  /** One clause in lower case; it never shows the value. */
  readonly reason: string;
}

/**
 * Why a value looks like an example and not like a secret; nothing when it does not. It never shows the value.
 * @param examples every value in the repository's example files
 */
export function exampleReason(value: SecretValue, examples: ReadonlySet<string>): string | undefined {
  return findExample(value, examples)?.reason;
}

/** As {@link exampleReason}, with the kind. */
export function findExample(value: SecretValue, examples: ReadonlySet<string>): ExampleFinding | undefined {
  const text = value.reveal().trim();
  if (text === '') {
    return undefined;
  }
  if (examples.has(text)) {
    return { kind: 'repository', reason: 'it is a value of the example files in the repository' };
  }
  const password = passwordInUrl(text);
  if (password !== undefined) {
    return findInText(password, examples);
  }
  return findInText(text, examples);
}

function findInText(text: string, examples: ReadonlySet<string>): ExampleFinding | undefined {
  if (examples.has(text)) {
    return { kind: 'repository', reason: 'its password is a value of the example files in the repository' };
  }
  if (isPlaceholder(text)) {
    return { kind: 'placeholder', reason: 'it is a placeholder' };
  }
  if (isPattern(text)) {
    return { kind: 'pattern', reason: 'it repeats or counts characters' };
  }
  return isMadeOfWords(text) ? { kind: 'words', reason: 'it is made of common words' } : undefined;
}

/** A connection URL is as good as the password in it. */
function passwordInUrl(text: string): string | undefined {
  const encoded = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s:]*:([^/?#@\s]+)@/i.exec(text)?.[1];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

const brackets = /^(?:<[^<>]*>|\[[^[\]]*\]|\{\{.*\}\}|\{[\w .-]*\}|\$\{.*\}|%\w+%|\*+|\.{3,}|_+)$/s;

/** Long enough that a random value of 64 different characters hardly ever holds one. */
const pleas = [
  'changeme',
  'changethis',
  'changeit',
  'replaceme',
  'replacethis',
  'replacewith',
  'placeholder',
  'example',
  'fillmein',
  'fillin',
  'yourpassword',
  'yoursecret',
  'yourkey',
  'yourtoken',
  'yourapikey',
  'insecure',
  'redacted',
  'notarealsecret',
  'supersecret',
];

/** Words that say "put your own here" when they stand alone between other characters. */
const pleaWords = /(?:^|[^a-z0-9])(?:your|todo|tbd|dummy|fixme|sample|change|replace|insert|fake)(?:[^a-z0-9]|$)/i;

function isPlaceholder(text: string): boolean {
  const body = pemBody(text);
  if (body !== undefined) {
    return body.length < shortestPemBody || /[^A-Za-z0-9+/=]/.test(body);
  }
  // A kubeconfig or a JSON key file has words of its own.
  if (/[\n{]/.test(text) && !brackets.test(text)) {
    return /<your[^<>]*>|change[-_ ]?me|replace[-_ ]?me/i.test(text);
  }
  const joined = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    brackets.test(text) ||
    /x{6,}|^x{3,}$/i.test(text) ||
    pleas.some((plea) => joined.includes(plea)) ||
    (pleaWords.test(text) && isWordy(text) && wordShare(text) >= 0.5)
  );
}

/** An Ed25519 key, the shortest in use, has 64 characters of base64. */
const shortestPemBody = 60;

/** What is inside a PEM block, which may be written with `\n` for its line ends. */
function pemBody(text: string): string | undefined {
  const lines = text.replaceAll('\\n', '\n');
  return /^-----BEGIN [A-Z ]+-----(.*?)(?:-----END [A-Z ]+-----\s*)?$/s.exec(lines)?.[1]?.replace(/\s/g, '');
}

function isPattern(text: string): boolean {
  const lower = text.toLowerCase();
  // One unit over and over (aaaa, 0123456789abcdef twice), or very few different characters.
  const repeats = /^(.{1,16}?)\1+$/s.test(lower);
  return (
    repeats ||
    (lower.length >= 8 && new Set(lower).size <= 3) ||
    (lower.length >= 3 && sequences.some((sequence) => sequence.includes(lower)))
  );
}

/** No generated value is shorter, and random letters of that length are not words. */
const shortestGenerated = 20;

/** Shorter texts are guessed, random or not. */
const shortestRandom = 8;

/** Shorter texts are looked at with more suspicion: people make them more often than generators. */
const shortestPassword = 12;

/** Words of letters of one case and at most a few digits, as people write and random generators do not. */
function isWordy(text: string): boolean {
  return (
    text.replace(/\D/g, '').length <= 4 && wordsOf(text).every((word) => /^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)$/.test(word))
  );
}

/** Nothing but common words, or a short text of no more than three words: a passphrase of four unusual ones is fine. */
function isMadeOfWords(text: string): boolean {
  const words = wordsOf(text);
  if (words.length === 0) {
    return text.length < 12;
  }
  return (
    isWordy(text) &&
    (words.every((word) => commonWords.has(word.toLowerCase())) ||
      (words.length <= 3 && text.length < shortestGenerated && (text.length < shortestRandom || readsAsWords(text))))
  );
}

/** Most letters are in words, also where digits and signs stand for letters (`p@ssw0rd`). */
function readsAsWords(text: string): boolean {
  const plain = text.replace(/(?<=[a-z])[0134578@$!]+(?=[a-z])/gi, (signs) =>
    Array.from(signs, (sign) => lettersForSigns[sign] ?? sign).join(''),
  );
  return (
    wordShare(text, text.length < shortestPassword ? 6 : 9) >= mostLetters ||
    (plain !== text && wordShare(plain, Infinity) >= mostLetters)
  );
}

/** So much of the letters is more than chance puts into words. */
const mostLetters = 0.8;

const lettersForSigns: Readonly<Record<string, string>> = {
  ...{ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b' },
  ...{ '@': 'a', $: 's', '!': 'i' },
};
