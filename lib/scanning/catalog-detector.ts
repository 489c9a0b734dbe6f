import { isSecretName } from '../values/secret-name';
import { SecretValue } from '../values/secret-value';
import { type Assignment, findAssignments } from './assignments';
import { findUrlPasswords } from './connection-strings';
import type { DeclaredNames } from './declared-names';
import type { Candidate, Detector, SourceText } from './detector';
import { isHarmless, isPlausible } from './plausible-value';
import { encodedTexts } from './encoded-texts';
import { findPrivateKeys } from './private-keys';
import { findProviderTokens } from './provider-tokens';

/** Parts of names that say that a secret follows. */
const secretWords = [
  ...['pass(?:word|wd|phrase)?', 'pwd', 'secret', 'token', 'credential', 'key', 'auth', 'webhook', 'dsn', 'pepper'],
  ...['requirepass', 'identified'],
];

/**
 * The rules of this package: the declared names of the catalog, names that speak of a secret, passwords in connection
 * strings, private keys, and tokens of issuers that other detectors do not know.
 */
export class CatalogDetector implements Detector {
  readonly name = 'catalog';
  readonly version: string;
  readonly #words: RegExp;

  constructor(private readonly names: DeclaredNames) {
    this.version = JSON.stringify([...names]);
    const declared = [...names.keys()].map((name) => name.replace(/[^\w]/g, '\\$&'));
    this.#words = new RegExp([...declared.sort((a, b) => b.length - a.length), ...secretWords].join('|'), 'gi');
  }

  find(source: SourceText): Candidate[] {
    return [
      ...this.named(source),
      ...byForm(source.text),
      // A find inside of base64 is reported as the whole of it.
      ...[...encodedTexts(source.text)].flatMap(({ start, encoded, text }) =>
        [...byForm(text)].slice(0, 1).map(({ rule }) => ({ rule, start, value: new SecretValue(encoded) })),
      ),
    ];
  }

  private *named(source: SourceText): Generator<Candidate> {
    for (const assignment of findAssignments(source, this.#words)) {
      const { name, before, start, value } = assignment;
      const declared = this.names.has(name);
      if (aboutHash.test(before)) {
        continue;
      }
      if ((declared || isSecretName(upperSnake(name)) || isKeyWithValue(assignment)) && isPlausible(value)) {
        const field = this.names.get(name);
        yield {
          rule: declared ? 'declared-name' : 'secret-name',
          start,
          value: new SecretValue(value),
          ...(field === undefined ? {} : { field }),
        };
      }
    }
  }
}

/** `checksum/secret: `, and the bookkeeping beside a value that `nivesh-secrets seal` sealed. */
const aboutHash = /(?:checksum|sha-?\d{0,3}|digest|hash)[/._-]?$|# cert:[0-9a-f]+ (?:mac:[0-9a-f]+ )?$/i;

function* byForm(text: string): Generator<Candidate> {
  for (const { start, value } of findUrlPasswords(text)) {
    yield { rule: 'connection-string', start, value: new SecretValue(value) };
  }
  for (const { start, value } of findPrivateKeys(text)) {
    yield { rule: 'private-key', start, value: new SecretValue(value) };
  }
  for (const { rule, start, value } of findProviderTokens(text)) {
    if (!isHarmless(value)) {
      yield { rule, start, value: new SecretValue(value) };
    }
  }
}

/** `redis.apiKey` as `REDIS_API_KEY`. */
function upperSnake(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toUpperCase();
}

/** Any other key, such as `PAGERDUTY_KEY`, counts only beside a value of the usual forms of keys. */
function isKeyWithValue({ name, value }: Assignment): boolean {
  return (
    /(?:^|_)(?:KEY|AUTHORIZATION|REQUIREPASS|PEPPER|IDENTIFIED)$/.test(upperSnake(name)) &&
    !/(?:PUBLIC|CACHE|PRIMARY|FOREIGN|SORT|PARTITION|OBJECT|HOST)_?KEY$/.test(upperSnake(name)) &&
    /^(?:[0-9a-f]{32,128}|[A-Za-z0-9+/_-]{20,128}={0,2})$/i.test(value) &&
    /\d/.test(value)
  );
}
