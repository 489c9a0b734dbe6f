import { DecryptionError, type DecryptionFailure } from '../encryption/decryption-error';
import type { FieldCipher } from '../encryption/field-cipher';
import type { Pace } from './pace';
import type { EncryptedStore, KeyCounts, Replacement, StoredRow } from './store';

/** A value that cannot be decrypted. It stays as it is. */
export interface PoisonValue {
  readonly primaryKey: readonly string[];
  readonly column: string;
  readonly reason: DecryptionFailure;
  /** Key that the stored text names. */
  readonly keyId?: string;
}

/** What the passes over one target came to. */
export interface PassResult {
  /** Rows that were replaced, or would be in a dry run. */
  readonly replaced: number;
  /** Rows that somebody else changed between reading and replacing; a later pass looked at them again. */
  readonly overtaken: number;
  /** How many values the last pass could not decrypt, and the first of them. */
  readonly poisonCount: number;
  readonly poison: readonly PoisonValue[];
}

export interface PassOptions {
  readonly cipher: FieldCipher;
  readonly batchSize: number;
  readonly pace: Pace;
  readonly dryRun: boolean;
  /** Called after each batch with the values that are done. */
  readonly onProgress: (values: number) => void;
}

/** So that a table full of poison does not fill the memory. */
const poisonListed = 10_000;

/** Rows that somebody writes all the time can be overtaken in each pass; the next run goes on. */
const mostPasses = 10;

/** Number of values that another key than the active one encrypted. */
export function remainingIn(counts: KeyCounts, activeKey: string): number {
  return [...counts].reduce((sum, [key, count]) => (key === activeKey ? sum : sum + count), 0);
}

/**
 * Re-encrypts one target: passes from its beginning, the first one from the checkpoint, until nothing is left but what
 * cannot be decrypted.
 */
export async function reencryptStore<Row extends StoredRow>(
  store: EncryptedStore<Row>,
  options: PassOptions,
): Promise<PassResult> {
  const start = options.dryRun ? undefined : await store.checkpoint();
  let pass = await runPass(store, start, options);
  let [{ replaced, overtaken }, complete] = [pass, start === undefined];
  for (let passes = 1; passes < mostPasses && !options.dryRun; passes++) {
    const onlyPoison = complete && pass.replaced === 0 && pass.overtaken === 0;
    if (onlyPoison || remainingIn(await store.count(), options.cipher.keyring.active) === 0) {
      break;
    }
    pass = await runPass(store, undefined, options);
    complete = true;
    replaced += pass.replaced;
    overtaken += pass.overtaken;
  }
  return { ...pass, replaced, overtaken };
}

async function runPass<Row extends StoredRow>(
  store: EncryptedStore<Row>,
  start: Row | undefined,
  options: PassOptions,
): Promise<PassResult> {
  const poison: PoisonValue[] = [];
  let [replaced, overtaken, poisonCount] = [0, 0, 0];
  let rows = await store.page(start, options.batchSize);
  let writing = Promise.resolve(0);
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    await options.pace.next(rows.length);
    // The database writes a batch and reads the next one while this process encrypts the one between.
    const reading = store.page(last, options.batchSize);
    const batch = planBatch(store, rows, options.cipher);
    [rows] = await Promise.all([reading, writing]);
    const { length } = batch.replacements;
    writing = (options.dryRun ? Promise.resolve(length) : store.replace(batch.replacements, last)).then((written) => {
      replaced += written;
      overtaken += length - written;
      options.onProgress(batch.values + batch.poison.length);
      return written;
    });
    poison.push(...batch.poison.slice(0, poisonListed - poison.length));
    poisonCount += batch.poison.length;
  }
  await writing;
  if (!options.dryRun) {
    await store.endPass();
  }
  return { replaced, overtaken, poisonCount, poison };
}

interface Batch<Row extends StoredRow> {
  readonly replacements: Replacement<Row>[];
  readonly poison: PoisonValue[];
  readonly values: number;
}

function planBatch<Row extends StoredRow>(
  store: EncryptedStore<Row>,
  rows: readonly Row[],
  cipher: FieldCipher,
): Batch<Row> {
  const poison: PoisonValue[] = [];
  const replacements: Replacement<Row>[] = [];
  let values = 0;
  for (const row of rows) {
    const fresh = store.columns.map((column, index) => {
      const outcome = freshValue(row.values[index], store.table, column, row.primaryKey, cipher);
      if (typeof outcome === 'object') {
        poison.push(outcome);
        return undefined;
      }
      return outcome;
    });
    const changed = fresh.filter((value) => value !== undefined).length;
    values += changed;
    if (changed > 0) {
      replacements.push({ row, values: fresh });
    }
  }
  return { replacements, poison, values };
}

function freshValue(
  stored: unknown,
  table: string,
  column: string,
  primaryKey: readonly string[],
  cipher: FieldCipher,
): string | undefined | PoisonValue {
  if (stored === null || stored === undefined) {
    return undefined;
  }
  try {
    // What is not text is reported as malformed by the cipher.
    return cipher.reencrypt(stored as string, { table, column, primaryKey });
  } catch (error) {
    if (error instanceof DecryptionError) {
      const { reason, keyId } = error;
      return { primaryKey, column, reason, ...(keyId === undefined ? {} : { keyId }) };
    }
    throw error;
  }
}
