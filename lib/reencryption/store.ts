import type { Problem } from '../catalog/problems';

/** A row, or a document, with at least one value that another than the active key encrypted. */
export interface StoredRow {
  /** Parts of the primary key as text: where ciphertexts are bound to, and how reports name the row. */
  readonly primaryKey: readonly string[];
  /** Values in the order of the store's columns; `null` where there is none. */
  readonly values: readonly unknown[];
}

/** New values of a row. */
export interface Replacement<Row extends StoredRow> {
  readonly row: Row;
  /** In the order of the store's columns; `undefined` where the value stays. */
  readonly values: readonly (string | undefined)[];
}

/** What stands in the way of work on a target. */
export interface StoreProblem extends Problem {
  /** The database refuses it to this user; the declaration is right. */
  readonly forbidden?: true;
}

/** How many values are encrypted with which key, by key id; `unknown format` where it is neither format. */
export type KeyCounts = ReadonlyMap<string, number>;

/** Sums counts by key id. What is no key id may be the beginning of a plaintext, so it is not shown. */
export function keyCounts(counts: Iterable<readonly [key: string, count: number]>): KeyCounts {
  const sums = new Map<string, number>();
  for (const [key, count] of counts) {
    const known = /^(?:[0-9a-f]{8}|legacy)$/.test(key) ? key : 'unknown format';
    sums.set(known, (sums.get(known) ?? 0) + count);
  }
  return sums;
}

/** One table or collection, and its checkpoint. */
export interface EncryptedStore<Row extends StoredRow = StoredRow> {
  /** `postgresql public.users` */
  readonly name: string;
  /** Name that ciphertexts are bound to. */
  readonly table: string;
  readonly columns: readonly string[];

  /** Looks, without changing anything, whether the declaration fits the database. */
  findProblems(): Promise<readonly StoreProblem[]>;

  /**
   * Makes ready to write: the place of the checkpoint, and a lock against a second run.
   * @throws StoreBusyError while another run works on the same target
   */
  begin(): Promise<void>;

  /** Where an interrupted run with the same active key goes on. */
  checkpoint(): Promise<Row | undefined>;

  /** The next rows in the order of the primary key that have a value of another key. */
  page(after: Row | undefined, limit: number): Promise<readonly Row[]>;

  /**
   * Replaces values, each row only if it still has the values that were read, and moves the checkpoint to the last row.
   * @returns how many rows were replaced
   */
  replace(replacements: readonly Replacement<Row>[], last: Row): Promise<number>;

  /** Counts the values of the whole target. */
  count(): Promise<KeyCounts>;

  /** Removes the checkpoint: the end of the target was reached. */
  endPass(): Promise<void>;

  close(): Promise<void>;
}

/** The database refused or failed while it was worked on. What was replaced is replaced; a later run goes on. */
export class StoreFailedError extends Error {
  constructor(name: string, cause: unknown) {
    super(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'StoreFailedError';
  }
}

/** Does work on a store. @throws StoreFailedError for every failure of its driver */
export async function onStore<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StoreFailedError(name, error);
  }
}

/** Another run holds the lock of a target. */
export class StoreBusyError extends Error {
  constructor(name: string) {
    super(`${name}: another run is re-encrypting it`);
    this.name = 'StoreBusyError';
  }
}
