import { findExample } from '../values/example-values';
import { SecretValue } from '../values/secret-value';
import { wordShare, wordsOf } from '../values/words';

const noExamples: ReadonlySet<string> = new Set();

/** Shorter values are guessed sooner than found. */
const shortest = 8;

/** Longer ones are documents, which have rules of their own. */
const longest = 8192;

/**
 * Whether a value that a name or a place calls a secret can be one: not an example, not a reference to where the secret
 * is, not a hash, and not an identifier, path or address.
 */
export function isPlausible(value: string): boolean {
  return (
    value.length >= shortest &&
    value.length <= longest &&
    !isHarmless(value) &&
    (isDocument(value) ? documentTokens(value).some((token) => isPlausible(token)) : looksRandom(value))
  );
}

/** Markers that every Pulumi state has (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go). */
const publicConstants: ReadonlySet<string> = new Set([
  '4dabf18193072939515e22adb298388d',
  '1b47061264138c4ac30d75fd1eb44270',
  'c44067f5952c0a294b673a41bacd8c17',
  '0def7320c3a5731c473e5ecbe6d01bc7',
]);

/** Whether a value is known not to be a secret, whatever it looks like. */
export function isHarmless(value: string): boolean {
  return (
    isReference(value) ||
    publicConstants.has(value) ||
    /abcdefghijklmnopqrst|0123456789abcdef|fedcba9876543210/i.test(value) ||
    isHash(value) ||
    isSealed(value) ||
    findExample(new SecretValue(value), noExamples) !== undefined
  );
}

/** What stands for a value: a variable, a template, a command, the address of a secret in a store. */
function isReference(value: string): boolean {
  return (
    /\$\{|\$\(|\{\{|<%|#\{|%\(\w+\)s/.test(value) ||
    /^(?:\$\w+|%\w+%|@\w+@|!\w+ .*)$/.test(value) ||
    /^(?:vault|ref\+\w+|op|arn|secret|secretsmanager|projects|file|keyring|sops|doppler):/.test(value)
  );
}

/** Checksums and password hashes are made to be kept in the open, or give nothing away at once. */
function isHash(value: string): boolean {
  return /^(?:sha(?:1|224|256|384|512)[-:]|md5[-:]|h1:|SHA256:|SCRAM-SHA-|\$(?:2[abxy]|argon2\w*|[156]|scrypt|pbkdf2[\w-]*)\$)/.test(
    value,
  );
}

/** Sizes of RSA keys in bytes. */
const rsaBytes = new Set([256, 384, 512]);

/**
 * What Sealed Secrets makes: two bytes of length, the session key under RSA, then AES-GCM
 * (https://github.com/bitnami-labs/sealed-secrets/blob/main/pkg/crypto/crypto.go).
 */
function isSealed(value: string): boolean {
  if (value.length < 360 || !/^A[QYg][A-Da-d][A-Za-z0-9+/]+=*$/.test(value)) {
    return false;
  }
  const bytes = Buffer.from(value, 'base64');
  const keyBytes = bytes.readUInt16BE(0);
  return rsaBytes.has(keyBytes) && bytes.length >= 2 + keyBytes + 16;
}

/** Whether a value is made of characters as a generator makes them, or a person who was told to use all kinds. */
function looksRandom(value: string): boolean {
  if (/\s/.test(value) || isDateOrNumber(value) || isIdentifier(value)) {
    return false;
  }
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return entropyOf(value) >= 2.5 && (kinds >= 3 || (kinds === 2 && value.length >= 12) || isScrambled(value));
}

/** Dates, versions, numbers with units, addresses of networks. */
function isDateOrNumber(value: string): boolean {
  return (
    /^(?:v?\d+(?:[.:/_-]\d+)+(?:[-+.TZ]?[\w.:+-]{0,16})|[\d.,_]+[A-Za-z%]{0,4})$/.test(value) &&
    !/[a-z]{3}/i.test(value)
  );
}

/** Letters that change case as they do by chance, and hardly in words. */
function isScrambled(value: string): boolean {
  const changes = value.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0;
  return value.length >= 16 && changes >= value.length / 4;
}

/** Names, paths and host names: words of some length in one case each, most of them pronounceable, and few digits. */
function isIdentifier(value: string): boolean {
  const words = wordsOf(value);
  const letters = words.reduce((sum, { length }) => sum + length, 0);
  const digits = value.replace(/\D/g, '').length;
  // The more kinds of characters, the more likely is chance.
  const isMixed = [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value));
  const digitsInside = value.match(/[A-Za-z]\d+(?=[A-Za-z])/g)?.length ?? 0;
  return (
    digits <= 4 &&
    digitsInside <= 2 &&
    !/[^\w./:@~+\-[\]()*?&=, ]/.test(value) &&
    letters >= (isMixed ? 4 : 3.2) * words.length &&
    words.every((word) => /^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)$/.test(word)) &&
    words.filter((word) => /^[^aeiouy]{3,}$/i.test(word)).length <= 1 &&
    (letters === 0 || wordShare(value) >= 0.5)
  );
}

/** Bits a character, by how often each occurs (Shannon). */
export function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return [...counts.values()].reduce((sum, count) => sum - (count / value.length) * Math.log2(count / value.length), 0);
}

/** JSON, or a flow mapping of YAML. */
function isDocument(value: string): boolean {
  return /^\s*[[{]/.test(value) && /[:,]/.test(value);
}

function documentTokens(value: string): readonly string[] {
  return value.match(/[A-Za-z0-9+/=_-]{20,}/g) ?? [];
}
