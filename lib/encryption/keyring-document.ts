import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Problem } from '../catalog/problems';
import { legacyKey, legacyKeyId } from './legacy';

const keyBytes = 32;
const keyIdDomain = 'nivesh-secrets/encryption/key-id/v1\0';
const example = '{"active":"<id>","keys":{"<id>":"<32 bytes in base64url>","legacy":"<old ENCRYPTION_KEY>"}}';

const document = z.strictObject({ active: z.string(), keys: z.record(z.string(), z.string()) });

/** What a keyring holds, checked. */
export interface KeyringContent {
  readonly active: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/**
 * First 8 hexadecimal digits of the SHA-256 of a key under a domain of its own: a keyring in which a key has another
 * value than its id says is refused when it is read, not when the first row cannot be decrypted.
 */
export function keyIdOf(key: KeyObject): string {
  return createHash('sha256').update(keyIdDomain).update(key.export()).digest('hex').slice(0, 8);
}

/**
 * Reads the JSON of `ENCRYPTION_KEYRING`.
 * @param path name of the variable, for problems
 * @returns the content, and every problem; the content counts only where there is none
 */
export function parseKeyring(path: string, json: string): { content: KeyringContent; problems: Problem[] } {
  const keys = new Map<string, KeyObject>();
  const parsed = document.safeParse(parseJson(json));
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => issue.path.map(String).join('.') || 'the top');
    const problem = {
      path,
      what: 'the keyring does not have the form of one',
      got: json.trim() === '' ? 'nothing' : `something else at ${[...new Set(places)].join(', ')}`,
      allowed: example,
      fix: 'write it with Keyring.serialize(), and deliver it unchanged',
    };
    return { content: { active: '', keys }, problems: [problem] };
  }
  const { active, keys: texts } = parsed.data;
  const problems = Object.entries(texts).flatMap(([id, text]) => readKey(`${path}.keys.${id}`, id, text, keys));
  if (!Object.hasOwn(texts, active)) {
    problems.push({
      path: `${path}.active`,
      what: 'the active key is not in the keyring',
      got: JSON.stringify(active.slice(0, 16)),
      allowed: Object.keys(texts).join(', ') || 'none: there is no key',
      fix: 'name one of the keys, or add it',
    });
  }
  return { content: { active, keys }, problems };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    // The parser's message quotes the text, which holds keys.
    return undefined;
  }
}

function readKey(path: string, id: string, text: string, keys: Map<string, KeyObject>): Problem[] {
  const problem = id === legacyKeyId ? readLegacyKey(path, text, keys) : readVersionedKey(path, id, text, keys);
  return problem === undefined ? [] : [problem];
}

/** Adds the key of an old `ENCRYPTION_KEY`. */
export function readLegacyKey(path: string, text: string, keys: Map<string, KeyObject>): Problem | undefined {
  const key = legacyKey(text);
  if (key !== undefined) {
    keys.set(legacyKeyId, key);
    return undefined;
  }
  return {
    path,
    what: 'the first 32 characters of the key are not 32 bytes',
    got: text === '' ? 'nothing' : `${Buffer.byteLength(text.slice(0, keyBytes))} bytes`,
    allowed: 'at least 32 ASCII characters, of which the first 32 count',
    fix: 'deliver the value that the stored data was encrypted with',
  };
}

function readVersionedKey(path: string, id: string, text: string, keys: Map<string, KeyObject>): Problem | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== keyBytes || bytes.toString('base64url') !== text) {
    return {
      path,
      what: 'the key is not 32 bytes in base64url without padding',
      got: `${text.length} characters`,
      allowed: '43 characters of A-Z a-z 0-9 - _',
      fix: 'let Keyring.withNewKey() make it',
    };
  }
  const key = createSecretKey(bytes);
  const expected = keyIdOf(key);
  if (expected !== id) {
    return {
      path,
      what: 'the key does not belong to its id, so data of that id could not be decrypted',
      got: `the key of id ${expected}`,
      allowed: `the key of id ${JSON.stringify(id.slice(0, 16))}`,
      fix: 'restore the right value from the version of the secret that had it; never edit an id',
    };
  }
  keys.set(id, key);
  return undefined;
}
