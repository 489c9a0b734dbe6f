import { Client, DatabaseError, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { inspectTable } from './postgresql-checks';
import { type PostgresqlStatements, postgresqlStatements } from './postgresql-statements';
import {
  type EncryptedStore,
  keyCounts,
  type KeyCounts,
  type Replacement,
  onStore,
  StoreBusyError,
  type StoredRow,
  StoreFailedError,
  type StoreProblem,
} from './store';
import { type PostgresqlTarget, targetName } from './targets';

export interface PostgresqlStoreOptions {
  /** @default - the variables of libpq */
  readonly url?: string;
  readonly activeKey: string;
  /** The session is read-only: the server itself refuses every write. @default false */
  readonly dryRun?: boolean;
}

const sessionSettings = {
  // Shorter than the default of deadlock_timeout, 1 s: in a deadlock this run gives up, never the application.
  lock_timeout: '250ms',
  statement_timeout: '0',
  // Compares again what somebody else changed meanwhile, instead of failing.
  default_transaction_isolation: 'read committed',
  // A batch finds its rows by the primary key; the planner would read the whole table for each of them.
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

/** lock_not_available, deadlock_detected, serialization_failure: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const overtakenCodes = new Set(['55P03', '40P01', '40001']);

/** A table of PostgreSQL. */
export class PostgresqlStore implements EncryptedStore {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly #client: Client;
  readonly #target: PostgresqlTarget;
  readonly #options: PostgresqlStoreOptions;
  #statements: PostgresqlStatements;

  private constructor(client: Client, target: PostgresqlTarget, options: PostgresqlStoreOptions) {
    this.name = targetName(target);
    this.table = target.table;
    this.columns = target.columns;
    this.#client = client;
    this.#target = target;
    this.#options = options;
    this.#statements = postgresqlStatements(target, []);
  }

  /** Connects: the server must be reached directly or through a pool of sessions, for its lock belongs to a session. */
  static async connect(target: PostgresqlTarget, options: PostgresqlStoreOptions): Promise<PostgresqlStore> {
    const client = new Client({
      application_name: 'nivesh-secrets reencrypt',
      ...(options.url === undefined ? {} : { connectionString: options.url }),
    });
    // A connection that breaks also fails the statement that runs, which is where it is reported.
    client.on('error', () => undefined);
    await client.connect();
    const settings = { ...sessionSettings, ...(options.dryRun ? { default_transaction_read_only: 'on' } : {}) };
    for (const [name, value] of Object.entries(settings)) {
      await client.query('SELECT set_config($1, $2, false)', [name, value]);
    }
    return new PostgresqlStore(client, target, options);
  }

  async findProblems(): Promise<readonly StoreProblem[]> {
    const { problems, keyTypes } = await onStore(
      this.name,
      async () => await inspectTable(this.#client, this.#target, this.#options.dryRun ?? false),
    );
    this.#statements = postgresqlStatements(this.#target, keyTypes);
    return problems;
  }

  async begin(): Promise<void> {
    const lock = `nivesh-secrets reencrypt ${this.#statements.table}`;
    const { rows } = await this.#query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
      [lock],
    );
    if (rows[0]?.locked !== true) {
      throw new StoreBusyError(this.name);
    }
    // "IF NOT EXISTS" still asks for the right to make it.
    const found = await this.#query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
      this.#statements.checkpoints,
    ]);
    if (found.rows[0]?.found !== true) {
      await this.#query(this.#statements.createCheckpoints);
    }
  }

  async checkpoint(): Promise<StoredRow | undefined> {
    const { rows } = await this.#query<{ last_key: string[] }>(this.#statements.readCheckpoint, [
      this.#checkpointName,
      this.#options.activeKey,
    ]);
    return rows[0] && { primaryKey: rows[0].last_key, values: [] };
  }

  async page(after: StoredRow | undefined, limit: number): Promise<readonly StoredRow[]> {
    const { rows } = await this.#query<unknown[]>(
      this.#statements.page(after !== undefined),
      [`nv1:${this.#options.activeKey}:%`, limit, ...(after?.primaryKey ?? [])],
      'array',
    );
    const keyLength = this.#target.primaryKey.length;
    return rows.map((row) => ({ primaryKey: row.slice(0, keyLength).map(String), values: row.slice(keyLength) }));
  }

  async replace(replacements: readonly Replacement<StoredRow>[], last: StoredRow): Promise<number> {
    try {
      return await this.#replaceAll(replacements, last);
    } catch (error) {
      const cause = error instanceof StoreFailedError ? error.cause : undefined;
      if (!(cause instanceof DatabaseError) || !overtakenCodes.has(cause.code ?? '')) {
        throw error;
      }
      return await this.#replaceHalves(replacements, last);
    }
  }

  async count(): Promise<KeyCounts> {
    const { rows } = await this.#query<{ key: string; count: string }>(this.#statements.count);
    return keyCounts(rows.map(({ key, count }) => [key, Number(count)]));
  }

  async endPass(): Promise<void> {
    await this.#query(this.#statements.deleteCheckpoint, [this.#checkpointName]);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  /** A target with other columns has another checkpoint: rows before it may have values that were not looked at. */
  get #checkpointName(): string {
    return JSON.stringify([this.#target.table, this.#target.columns]);
  }

  async #query<R extends QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    rowMode?: 'array',
  ): Promise<QueryResult<R>> {
    // The driver takes both row modes; its types take one each.
    const query = { text, values: [...values], ...(rowMode === undefined ? {} : { rowMode }) } as QueryConfig;
    return await onStore(this.name, async () => await this.#client.query<R>(query));
  }

  /** Somebody holds a row for long: its neighbours go on, and the row itself is left to the next pass. */
  async #replaceHalves(replacements: readonly Replacement<StoredRow>[], last: StoredRow): Promise<number> {
    if (replacements.length <= 1) {
      return 0;
    }
    const middle = replacements.length >> 1;
    const [before, after] = [replacements.slice(0, middle), replacements.slice(middle)];
    return (await this.replace(before, before.at(-1)?.row ?? last)) + (await this.replace(after, last));
  }

  async #replaceAll(replacements: readonly Replacement<StoredRow>[], last: StoredRow): Promise<number> {
    const keys = this.#target.primaryKey.map((_, part) => replacements.map(({ row }) => row.primaryKey[part]));
    const values = this.columns.flatMap((_, column) => [
      replacements.map(({ row, values: fresh }) => (fresh[column] === undefined ? '' : row.values[column])).join(','),
      replacements.map(({ values: fresh }) => fresh[column] ?? '').join(','),
    ]);
    const { rows } = await this.#query<{ count: number }>(this.#statements.replace, [
      ...keys,
      ...values,
      this.#checkpointName,
      this.#options.activeKey,
      last.primaryKey,
    ]);
    return rows[0]?.count ?? 0;
  }
}
