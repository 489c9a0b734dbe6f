import type { EncryptedStore, KeyCounts, Replacement, StoredRow, StoreProblem } from '../../../lib/reencryption';

/** One row: values by column. */
export type MemoryRow = (string | null)[];

/** Called before each access, to write at the worst moment, or to throw. */
export type Interference = (access: string) => void;

/**
 * A table in memory with the guarantees that a database gives: a replacement happens only where the values are still
 * those that were read. Rows and checkpoint outlive the run that is killed.
 */
export class MemoryStore implements EncryptedStore {
  readonly name = 'memory users';
  readonly table = 'users';
  readonly columns: readonly string[];
  readonly rows: Map<number, MemoryRow>;
  readonly accesses: string[] = [];
  checkpointKey: number | undefined;
  problems: StoreProblem[] = [];
  interfere: Interference = () => undefined;
  readonly #activeKey: string;

  constructor(activeKey: string, columns: readonly string[], rows: Map<number, MemoryRow>) {
    this.#activeKey = activeKey;
    this.columns = columns;
    this.rows = rows;
  }

  findProblems(): Promise<readonly StoreProblem[]> {
    return this.#access('findProblems', () => this.problems);
  }

  begin(): Promise<void> {
    return this.#access('begin', () => undefined);
  }

  checkpoint(): Promise<StoredRow | undefined> {
    return this.#access('checkpoint', () =>
      this.checkpointKey === undefined ? undefined : { primaryKey: [String(this.checkpointKey)], values: [] },
    );
  }

  page(after: StoredRow | undefined, limit: number): Promise<readonly StoredRow[]> {
    const start = after === undefined ? -Infinity : Number(after.primaryKey[0]);
    return this.#access(`page after ${start}`, () =>
      [...this.rows]
        .filter(([key, values]) => key > start && values.some((value) => this.#isOld(value)))
        .sort(([a], [b]) => a - b)
        .slice(0, limit)
        .map(([key, values]) => ({ primaryKey: [String(key)], values: [...values] })),
    );
  }

  replace(replacements: readonly Replacement<StoredRow>[], last: StoredRow): Promise<number> {
    return this.#access(`replace to ${last.primaryKey.join()}`, () => {
      this.checkpointKey = Number(last.primaryKey[0]);
      return replacements.filter((replacement) => this.#replaceOne(replacement)).length;
    });
  }

  count(): Promise<KeyCounts> {
    return this.#access('count', () => {
      const counts = new Map<string, number>();
      for (const value of [...this.rows.values()].flat()) {
        if (value !== null) {
          const key = this.#isOld(value) ? 'old' : this.#activeKey;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
      return counts;
    });
  }

  endPass(): Promise<void> {
    return this.#access('endPass', () => {
      this.checkpointKey = undefined;
    });
  }

  close(): Promise<void> {
    return this.#access('close', () => undefined);
  }

  #isOld(value: string | null): boolean {
    return value !== null && !value.startsWith(`nv1:${this.#activeKey}:`);
  }

  #replaceOne({ row, values }: Replacement<StoredRow>): boolean {
    const current = this.rows.get(Number(row.primaryKey[0]));
    const same = current && values.every((value, index) => value === undefined || current[index] === row.values[index]);
    values.forEach((value, index) => {
      if (same && value !== undefined) {
        current[index] = value;
      }
    });
    return same === true;
  }

  async #access<T>(access: string, work: () => T): Promise<T> {
    await Promise.resolve();
    this.interfere(access);
    this.accesses.push(access);
    return work();
  }
}
