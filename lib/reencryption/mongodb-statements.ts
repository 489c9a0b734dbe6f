import type { AnyBulkWriteOperation, Document, Filter } from 'mongodb';
import type { Replacement, StoredRow } from './store';

/** A document, with its key as the database has it. */
export interface StoredDocument extends StoredRow {
  readonly id: unknown;
}

/** Collection that keeps the checkpoints, in the database of the target. */
export const checkpointCollection = 'nivesh_reencryption';

/** Values of a field that one key encrypted. */
export function encryptedWith(field: string, keyId: string): Filter<Document> {
  return {
    [field]: { $type: 'string', $regex: keyId === 'legacy' ? '^[0-9a-f]{32}:[0-9a-f]{32}:' : `^nv1:${keyId}:` },
  };
}

/**
 * Values of a field that the active key did not encrypt, whatever their type. An array, at the end of the path or on it,
 * always counts: `$not` alone would pass over one of which any element fits
 * (https://www.mongodb.com/docs/manual/reference/operator/query/not/).
 */
export function notEncryptedWith(field: string, activeKey: string): Filter<Document> {
  const parts = field.split('.');
  const arrays = parts.map((_, index) => ({ [parts.slice(0, index + 1).join('.')]: { $type: 'array' } }));
  return { $or: [{ [field]: { $exists: true, $ne: null, $not: { $regex: `^nv1:${activeKey}:` } } }, ...arrays] };
}

/** The documents after a key that have an old value. */
export function pageFilter(fields: readonly string[], activeKey: string, after: unknown): Filter<Document> {
  const old = { $or: fields.map((field) => notEncryptedWith(field, activeKey)) };
  // The driver's types allow an ObjectId only.
  return after === undefined ? old : { $and: [{ _id: { $gt: after } } as Filter<Document>, old] };
}

/** New values, each document only if it still has the values that were read. */
export function replaceOperations(
  fields: readonly string[],
  replacements: readonly Replacement<StoredDocument>[],
): AnyBulkWriteOperation[] {
  return replacements.map(({ row, values }) => {
    const changed = fields.flatMap((field, index) =>
      values[index] === undefined ? [] : [[field, row.values[index], values[index]] as const],
    );
    const read = Object.fromEntries(changed.map(([field, old]) => [field, { $eq: old }]));
    const fresh = Object.fromEntries(changed.map(([field, , value]) => [field, value]));
    return { updateOne: { filter: { _id: row.id, ...read } as Filter<Document>, update: { $set: fresh } } };
  });
}

/** The value at a path; the array itself where one is on the way, and nothing where the path ends before. */
export function valueAt(document: Document, field: string): unknown {
  let value: unknown = document;
  for (const part of field.split('.')) {
    if (Array.isArray(value) || typeof value !== 'object' || value === null) {
      return Array.isArray(value) ? value : undefined;
    }
    value = (value as Document)[part];
  }
  return value;
}
