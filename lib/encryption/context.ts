/// <reference lib="es2024.string" />
import { type Problem, throwProblems } from '../catalog/problems';

/** One part of a primary key. A number and its decimal text are the same, because drivers differ in which they give. */
export type KeyPart = string | number | bigint;

/**
 * The place that a ciphertext belongs to. A ciphertext that is moved to another place is refused.
 * Names are those of the database: table (without schema) and column, or collection and field path.
 */
export interface FieldContext {
  readonly table: string;
  readonly column: string;
  /** The row's primary key as the database prints it; all parts in order where it has several. */
  readonly primaryKey: KeyPart | readonly KeyPart[];
}

/**
 * The additional data that a ciphertext is bound to, with every length written out, so that no two places give the same
 * bytes: PASETO's pre-authentication encoding
 * (https://github.com/paseto-standard/paseto-spec/blob/master/docs/01-Protocol-Versions/Common.md#authentication-padding).
 * @throws DeclarationError that lists every part that is missing
 */
export function bindingOf(version: string, keyId: string, { table, column, primaryKey }: FieldContext): Buffer {
  const parts = Array.isArray(primaryKey) ? (primaryKey as readonly KeyPart[]) : [primaryKey as KeyPart];
  if (!isText(table) || !isText(column) || parts.length === 0 || !parts.every(isKeyPart)) {
    throwProblems('the place of an encrypted field', [
      ...checkText('table', table),
      ...checkText('column', column),
      ...checkKey(parts),
    ]);
  }
  return encodeParts([version, keyId, table, column, ...parts.map(String)]);
}

/** Count and lengths as 64-bit little-endian numbers, each length before its UTF-8 bytes. Runs once a value: no copies. */
function encodeParts(parts: readonly string[]): Buffer {
  const lengths = parts.map((part) => Buffer.byteLength(part));
  const encoded = Buffer.alloc(lengths.reduce((sum, length) => sum + 8 + length, 8));
  encoded.writeUInt32LE(parts.length);
  let offset = 8;
  parts.forEach((part, index) => {
    encoded.writeUInt32LE(lengths[index] ?? 0, offset);
    offset += 8 + encoded.write(part, offset + 8);
  });
  return encoded;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && isWellFormed(value);
}

function checkText(path: string, value: unknown): Problem[] {
  if (isText(value)) {
    return [];
  }
  return [
    {
      path,
      what: 'the name is missing',
      got: value === '' ? 'an empty text' : typeof value,
      allowed: 'a text that is not empty',
      fix: `give the ${path} that the value is stored in`,
    },
  ];
}

function checkKey(parts: unknown): Problem[] {
  if (Array.isArray(parts) && parts.length > 0 && parts.every(isKeyPart)) {
    return [];
  }
  return [
    {
      path: 'primaryKey',
      what: 'the primary key is missing or cannot be written as one text',
      got: Array.isArray(parts)
        ? `parts of type ${parts.map((part) => typeof part).join(', ') || 'none'}`
        : typeof parts,
      allowed: 'texts that are not empty and whole numbers',
      fix: 'know the key before the row is encrypted (a UUID, or the next value of the sequence); write an ObjectId as text',
    },
  ];
}

function isKeyPart(part: unknown): boolean {
  return isText(part) || typeof part === 'bigint' || Number.isSafeInteger(part);
}

/** Half of a surrogate pair has no UTF-8 form: encoding would silently replace it, and two keys would become one. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}
