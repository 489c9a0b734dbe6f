import type { PostgresqlTarget } from './targets';

/** Table that keeps the checkpoints, in the schema of the target. */
export const checkpointTable = 'nivesh_reencryption';

/** The statements for one table. Values are always parameters; only names and types are part of the text. */
export interface PostgresqlStatements {
  /** Quoted names of the table and of the table of checkpoints. */
  readonly table: string;
  readonly checkpoints: string;
  /** `$1` pattern of the active key, `$2` limit, then one parameter a key column where `after` is given. */
  page(withStart: boolean): string;
  /**
   * `$1` one array a key column; then two texts a column, values read and values to write, joined by commas, empty where
   * the value stays; then the checkpoint's name, the key id and the last key.
   */
  readonly replace: string;
  /** One row a key id with the number of values. */
  readonly count: string;
  readonly createCheckpoints: string;
  /** `$1` name, `$2` key id */
  readonly readCheckpoint: string;
  /** `$1` name */
  readonly deleteCheckpoint: string;
}

/** A name as SQL takes it (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS). */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A column compared byte by byte: LIKE refuses non-deterministic collations, and equality under them is too lenient. */
function bytes(column: string): string {
  return `${column} COLLATE "C"`;
}

/** @param keyTypes types of the primary key's columns as `format_type` prints them, from the database itself */
export function postgresqlStatements(target: PostgresqlTarget, keyTypes: readonly string[]): PostgresqlStatements {
  const table = `${quoteIdentifier(target.schema)}.${quoteIdentifier(target.table)}`;
  const checkpoints = `${quoteIdentifier(target.schema)}.${quoteIdentifier(checkpointTable)}`;
  const keys = target.primaryKey.map(quoteIdentifier);
  const columns = target.columns.map(quoteIdentifier);
  return {
    table,
    page: (withStart) => pageStatement(table, keys, keyTypes, columns, withStart),
    replace: replaceStatement(table, checkpoints, keys, keyTypes, columns),
    count: `SELECT key, sum(count)::text AS count FROM (${columns.map((column) => countColumn(table, column)).join(' UNION ALL ')}) AS counts GROUP BY key`,
    checkpoints,
    createCheckpoints: `CREATE TABLE ${checkpoints} (target text PRIMARY KEY, key_id text NOT NULL, last_key text[] NOT NULL, updated_at timestamptz NOT NULL DEFAULT now())`,
    readCheckpoint: `SELECT last_key FROM ${checkpoints} WHERE target = $1 AND key_id = $2`,
    deleteCheckpoint: `DELETE FROM ${checkpoints} WHERE target = $1`,
  };
}

function pageStatement(
  table: string,
  keys: readonly string[],
  keyTypes: readonly string[],
  columns: readonly string[],
  withStart: boolean,
): string {
  const selected = [...keys.map((key) => `${key}::text`), ...columns].map((value, index) => `${value} AS f${index}`);
  const old = columns.map((column) => `${bytes(column)} NOT LIKE $1`).join(' OR ');
  const start = keyTypes.map((type, index) => `$${index + 3}::${type}`).join(', ');
  const after = withStart ? ` AND (${keys.join(', ')}) > (${start})` : '';
  return `SELECT ${selected.join(', ')} FROM ${table} WHERE (${old})${after} ORDER BY ${keys.join(', ')} LIMIT $2`;
}

/**
 * The new values, where the old ones are still there, and the checkpoint: one statement, so both or neither.
 * A concurrent update is waited for and then compared again (https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED).
 */
function replaceStatement(
  table: string,
  checkpoints: string,
  keys: readonly string[],
  keyTypes: readonly string[],
  columns: readonly string[],
): string {
  const values = columns.flatMap(() => ['old', 'new']);
  // Ciphertext has no comma, and the server reads a joined text in two thirds of the time of an array of quoted texts.
  const arrays = [
    ...keyTypes.map((type, index) => `$${index + 1}::${type}[]`),
    ...values.map((_, index) => `string_to_array($${keyTypes.length + index + 1}, ',', '')`),
  ];
  const names = [
    ...keys.map((_, index) => `k${index}`),
    ...columns.flatMap((_, index) => [`old${index}`, `new${index}`]),
  ];
  const set = columns.map((column, index) => `${column} = coalesce(v.new${index}, t.${column})`);
  const same = [
    ...keys.map((key, index) => `t.${key} = v.k${index}`),
    ...columns.map((column, index) => `(v.new${index} IS NULL OR ${bytes(`t.${column}`)} = v.old${index})`),
  ];
  const next = arrays.length + 1;
  return [
    `WITH replaced AS (UPDATE ${table} AS t SET ${set.join(', ')}`,
    `FROM unnest(${arrays.join(', ')}) AS v(${names.join(', ')})`,
    `WHERE ${same.join(' AND ')} RETURNING 1),`,
    `checkpoint AS (INSERT INTO ${checkpoints} (target, key_id, last_key) VALUES ($${next}, $${next + 1}, $${next + 2}::text[])`,
    'ON CONFLICT (target) DO UPDATE SET key_id = excluded.key_id, last_key = excluded.last_key, updated_at = now())',
    'SELECT count(*)::int AS count FROM replaced',
  ].join(' ');
}

/** A regular expression for the formats would take twenty times as long; the store leaves out what is no key id. */
function countColumn(table: string, column: string): string {
  const value = bytes(column);
  return [
    `SELECT CASE WHEN ${value} LIKE 'nv1:________:%' THEN substr(${column}, 5, 8)`,
    `WHEN strpos(${value}, ':') = 33 THEN 'legacy' ELSE '' END AS key, count(*) AS count`,
    `FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1`,
  ].join(' ');
}
