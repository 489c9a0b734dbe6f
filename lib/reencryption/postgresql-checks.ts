import type { Client } from 'pg';
import { quoted } from '../catalog/problems';
import { checkpointTable, quoteIdentifier } from './postgresql-statements';
import type { StoreProblem } from './store';
import { type PostgresqlTarget, targetName } from './targets';

/** Types whose text is the same for every session, so that a ciphertext can be bound to it. */
const keyTypesAllowed = ['smallint', 'integer', 'bigint', 'uuid', 'text', 'character varying'];
const columnTypesAllowed = ['text', 'character varying'];

interface TableRow {
  readonly user: string;
  readonly kind: string;
  readonly row_security: boolean;
  readonly read_only: boolean;
  readonly can_checkpoint: boolean;
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
  readonly can_read: boolean;
  readonly can_write: boolean;
}

const tableQuery = `
  SELECT current_user::text AS user, c.relkind::text AS kind, row_security_active(c.oid) AS row_security,
    pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS read_only,
    has_schema_privilege(c.relnamespace, 'CREATE') OR EXISTS (
      SELECT FROM pg_class k WHERE k.relnamespace = c.relnamespace AND k.relname = '${checkpointTable}'
        AND has_table_privilege(k.oid, 'SELECT') AND has_table_privilege(k.oid, 'INSERT')
        AND has_table_privilege(k.oid, 'UPDATE') AND has_table_privilege(k.oid, 'DELETE')
    ) AS can_checkpoint
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`;

const columnQuery = `
  SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS type, a.attgenerated <> '' AS generated,
    has_column_privilege(c.oid, a.attnum, 'SELECT') AS can_read, has_column_privilege(c.oid, a.attnum, 'UPDATE') AS can_write
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped`;

const keyQuery = `
  SELECT a.attname::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
    JOIN pg_attribute a ON a.attnum = k.attnum
  WHERE a.attrelid = c.oid AND i.indisprimary AND n.nspname = $1 AND c.relname = $2 ORDER BY k.position`;

export interface TableFacts {
  readonly problems: readonly StoreProblem[];
  /** Types of the primary key's columns, in the order of the target. */
  readonly keyTypes: readonly string[];
}

/**
 * Whether a declared target fits its table, all differences at once.
 * @param dryRun whether rights to write are not needed
 */
export async function inspectTable(client: Client, target: PostgresqlTarget, dryRun: boolean): Promise<TableFacts> {
  const names = [target.schema, target.table];
  const [table] = (await client.query<TableRow>(tableQuery, names)).rows;
  if (table === undefined || !['r', 'p'].includes(table.kind)) {
    return { problems: [notATable(target, table)], keyTypes: [] };
  }
  const columns = new Map((await client.query<ColumnRow>(columnQuery, names)).rows.map((row) => [row.name, row]));
  const key = (await client.query<{ name: string }>(keyQuery, names)).rows.map(({ name }) => name);
  const problems = [
    ...checkTable(target, table, dryRun),
    ...checkPrimaryKey(target, key),
    ...target.primaryKey.flatMap((name) => checkColumn(target, name, columns, keyTypesAllowed, table.user)),
    ...target.columns.flatMap((name) => checkColumn(target, name, columns, columnTypesAllowed, table.user)),
    ...(dryRun ? [] : checkWriteAccess(target, columns, table.user)),
  ];
  return { problems, keyTypes: target.primaryKey.map((name) => columns.get(name)?.type ?? '') };
}

function notATable(target: PostgresqlTarget, found: TableRow | undefined): StoreProblem {
  return {
    path: targetName(target),
    what: 'there is no such table',
    got: found === undefined ? 'nothing of this name' : 'a view, an index or something else',
    allowed: 'a table, or a partitioned table, of the database that urlFrom points to',
    fix: 'correct schema and table, or the connection',
  };
}

function checkTable(target: PostgresqlTarget, table: TableRow, dryRun: boolean): StoreProblem[] {
  const path = targetName(target);
  const problems: StoreProblem[] = [];
  if (table.row_security) {
    problems.push({
      path,
      what: 'row security hides rows from this user, so the count of old rows would be wrong',
      got: 'row security in force',
      allowed: 'a user with BYPASSRLS, or the owner where it is not forced',
      fix: 'connect as such a user',
      forbidden: true,
    });
  }
  if (table.read_only && !dryRun) {
    problems.push({
      path,
      what: 'the server takes no writes',
      got: 'a standby, or a session that is read-only by default',
      allowed: 'the primary server',
      fix: 'correct the connection, or use --dry-run',
      forbidden: true,
    });
  }
  if (!table.can_checkpoint && !dryRun) {
    problems.push({
      path,
      what: `there is no table ${checkpointTable} for checkpoints, and this user may not make or write it`,
      got: 'neither CREATE on the schema nor rights on the table',
      allowed: 'one of both',
      fix: `as the owner: GRANT CREATE ON SCHEMA ${quoteIdentifier(target.schema)} TO ${quoteIdentifier(table.user)}, or make the table as docs/reencryption.md shows`,
      forbidden: true,
    });
  }
  return problems;
}

function checkPrimaryKey(target: PostgresqlTarget, key: readonly string[]): StoreProblem[] {
  if (key.join('\0') === target.primaryKey.join('\0')) {
    return [];
  }
  return [
    {
      path: `${targetName(target)} primaryKey`,
      what: 'not the primary key of the table',
      got: quoted(target.primaryKey.join(', ')),
      allowed: key.length === 0 ? 'none: the table has no primary key' : quoted(key.join(', ')),
      fix: key.length === 0 ? 'give the table a primary key' : 'list its columns in this order',
    },
  ];
}

function checkColumn(
  target: PostgresqlTarget,
  name: string,
  columns: ReadonlyMap<string, ColumnRow>,
  types: readonly string[],
  user: string,
): StoreProblem[] {
  const column = columns.get(name);
  const path = `${targetName(target)} ${name}`;
  if (column === undefined) {
    const allowed = [...columns.keys()].join(', ');
    return [{ path, what: 'there is no such column', got: quoted(name), allowed, fix: 'correct the name' }];
  }
  if (!types.includes(column.type) || column.generated) {
    return [
      {
        path,
        what: 'a column of this type is not supported here',
        got: column.generated ? 'a generated column' : column.type,
        allowed: types.join(', '),
        fix: 'remove it from the target; ciphertext is kept as text',
      },
    ];
  }
  return column.can_read ? [] : [noRight('SELECT', target, name, user)];
}

function checkWriteAccess(
  target: PostgresqlTarget,
  columns: ReadonlyMap<string, ColumnRow>,
  user: string,
): StoreProblem[] {
  return target.columns
    .filter((name) => columns.get(name)?.can_write === false)
    .map((name) => noRight('UPDATE', target, name, user));
}

function noRight(right: string, target: PostgresqlTarget, column: string, user: string): StoreProblem {
  const place = `${quoteIdentifier(target.schema)}.${quoteIdentifier(target.table)}`;
  return {
    path: `${targetName(target)} ${column}`,
    what: `this user has no right to ${right} the column`,
    got: 'permission denied',
    allowed: `${right} on the column or the table`,
    fix: `as the owner: GRANT ${right} (${quoteIdentifier(column)}) ON ${place} TO ${quoteIdentifier(user)}`,
    forbidden: true,
  };
}
