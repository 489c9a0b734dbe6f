import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { type Problem, quoted } from '../catalog/problems';
import { parseJson } from '../plain-data';
import { legacyKey, legacyKeyId } from './legacy';

const keyBytes = 32;
const keyIdDomain = 'nivesh-secrets/encryption/key-id/v1\0';
const example = '{"active":"<id>","keys":{"<id>":"<32 bytes in base64url>","legacy":{"from":"ENCRYPTION_KEY"}}}';

/** Says in a keyring that a key is the value of `ENCRYPTION_KEY`, so that it is stored once. */
export const fromEncryptionKey = { from: 'ENCRYPTION_KEY' } as const;

const reference = z.strictObject({ from: z.literal(fromEncryptionKey.from) });
const document = z.strictObject({
  active: z.string(),
  keys: z.record(z.string(), z.union([z.string(), reference])),
});

/** What a keyring holds, checked. */
export interface KeyringContent {
  readonly active: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** Whether the document names the variable of the key `legacy` in place of the key. */
  readonly refersToLegacy: boolean;
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
 * @param encryptionKey value of `ENCRYPTION_KEY`, for a keyring that refers to it
 * @returns the content, and every problem; the content counts only where there is none
 */
export function parseKeyring(
  path: string,
  json: string,
  encryptionKey: string | undefined,
): { content: KeyringContent; problems: Problem[] } {
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
    return { content: { active: '', keys, refersToLegacy: false }, problems: [problem] };
  }
  const { active, keys: texts } = parsed.data;
  const problems = Object.entries(texts).flatMap(([id, text]): Problem[] => {
    const place = `${path}.keys.${id}`;
    const found =
      typeof text === 'string' ? readKey(place, id, text, keys) : readReference(place, id, encryptionKey, keys);
    return found === undefined ? [] : [found];
  });
  if (!Object.hasOwn(texts, active)) {
    problems.push({
      path: `${path}.active`,
      what: 'the active key is not in the keyring',
      got: JSON.stringify(active.slice(0, 16)),
      allowed: Object.keys(texts).join(', ') || 'none: there is no key',
      fix: 'name one of the keys, or add it',
    });
  }
  const refersToLegacy = Object.hasOwn(texts, legacyKeyId) && typeof texts[legacyKeyId] !== 'string';
  return { content: { active, keys, refersToLegacy }, problems };
}

function readKey(path: string, id: string, text: string, keys: Map<string, KeyObject>): Problem | undefined {
  return id === legacyKeyId ? readLegacyKey(path, text, keys) : readVersionedKey(path, id, text, keys);
}

function readReference(
  path: string,
  id: string,
  encryptionKey: string | undefined,
  keys: Map<string, KeyObject>,
): Problem | undefined {
  if (id !== legacyKeyId) {
    return {
      path,
      what: 'only the key of the format without key ids is in a variable of its own',
      got: `a reference for ${quoted(id.slice(0, 16))}`,
      allowed: `32 bytes in base64url; a reference for "${legacyKeyId}"`,
      fix: 'write it with Keyring.serialize(), and deliver it unchanged',
    };
  }
  if (encryptionKey === undefined) {
    return {
      path,
      what: 'the keyring refers to a variable that is not set',
      got: 'no ENCRYPTION_KEY',
      allowed: 'ENCRYPTION_KEY of the same version of the secret beside ENCRYPTION_KEYRING',
      fix: 'deliver both to this process',
    };
  }
  return readLegacyKey(fromEncryptionKey.from, encryptionKey, keys);
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
