import { parseDocument } from 'yaml';
import { z } from 'zod';
import { DeclarationError, type Problem, quoted, throwProblems } from '../catalog/problems';
import { variableName } from '../catalog/usable-names';

/** A table of PostgreSQL whose columns hold ciphertext. */
export interface PostgresqlTarget {
  readonly store: 'postgresql';
  /** Variable that holds the connection URL. @default - PGHOST, PGUSER and the other variables of libpq */
  readonly urlFrom?: string | undefined;
  readonly schema: string;
  readonly table: string;
  /** Columns of the primary key, in its order. */
  readonly primaryKey: readonly string[];
  readonly columns: readonly string[];
}

/** A collection of MongoDB whose fields hold ciphertext. */
export interface MongodbTarget {
  readonly store: 'mongodb';
  /** Variable that holds the connection URL. */
  readonly urlFrom: string;
  readonly database: string;
  readonly collection: string;
  /** Paths of fields, with dots for embedded documents. */
  readonly fields: readonly string[];
}

export type Target = PostgresqlTarget | MongodbTarget;

/** `postgresql public.users`, as reports name a target. */
export function targetName(target: Target): string {
  return target.store === 'postgresql'
    ? `postgresql ${target.schema}.${target.table}`
    : `mongodb ${target.database}.${target.collection}`;
}

const variable = z.string().regex(variableName);
// PostgreSQL cuts longer names silently: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
const identifier = z.string().refine((name) => name !== '' && Buffer.byteLength(name) <= 63 && !name.includes('\0'));
const list = z.array(identifier).min(1);
// Field names: https://www.mongodb.com/docs/manual/core/document/#field-names
const fieldPath = z.string().regex(/^[^.$\0][^.\0]*(\.[^.$\0][^.\0]*)*$/);
const mongoName = z.string().regex(/^[^\0$/\\ "]{1,63}$/);

const targetSchema = z.discriminatedUnion('store', [
  z.strictObject({
    store: z.literal('postgresql'),
    urlFrom: variable.optional(),
    schema: identifier.default('public'),
    table: identifier,
    primaryKey: z.preprocess((value) => (typeof value === 'string' ? [value] : value), list),
    columns: list,
  }),
  z.strictObject({
    store: z.literal('mongodb'),
    urlFrom: variable,
    database: mongoName,
    collection: z.string().regex(/^[^\0$]{1,200}$/),
    fields: z.array(fieldPath).min(1),
  }),
]);

const fileSchema = z.strictObject({ targets: z.array(z.unknown()).min(1) });

const allowedIn: Readonly<Record<string, string>> = {
  targets: 'a list of at least one target',
  store: '"postgresql" or "mongodb"',
  urlFrom: 'the name of an environment variable, such as DATABASE_URL',
  schema: 'a name of 1 to 63 bytes',
  table: 'a name of 1 to 63 bytes, without its schema',
  primaryKey: 'a column, or the list of columns of the primary key in its order',
  columns: 'a list of at least one column',
  database: 'a name of 1 to 63 characters without / \\ $ " and spaces',
  collection: 'a name without $',
  fields: 'a list of field paths such as "content" or "profile.phone"',
};

/**
 * Reads a list of targets from YAML.
 * @param name of the file, for messages
 * @throws DeclarationError that lists every mistake
 */
export function parseTargets(name: string, yaml: string): readonly Target[] {
  const content = readYaml(name, yaml);
  const file = fileSchema.safeParse(content);
  const problems = (file.error?.issues ?? []).flatMap((issue) => explain(issue, [], content));
  const listed = (content as { targets?: unknown } | null)?.targets;
  const targets: (Target | undefined)[] = (Array.isArray(listed) ? (listed as unknown[]) : []).map((given, index) => {
    const { data, error } = targetSchema.safeParse(given);
    problems.push(...(error?.issues ?? []).flatMap((issue) => explain(issue, ['targets', index], content)));
    return data;
  });
  throwProblems(name, [...problems, ...targets.flatMap(repeated)]);
  return targets.filter((target) => target !== undefined);
}

/** The parser's own messages are not shown: they quote the line, which may hold a URL that does not belong there. */
function readYaml(name: string, yaml: string): unknown {
  const document = parseDocument(yaml);
  const problem = (path: string, got: string): Problem => ({
    path,
    what: 'not YAML',
    got,
    allowed: 'a map with the list "targets"',
    fix: 'correct the file',
  });
  throwProblems(
    name,
    document.errors.map(({ code, linePos }) =>
      problem(`line ${linePos?.[0].line ?? 1}`, code.toLowerCase().replaceAll('_', ' ')),
    ),
  );
  try {
    return document.toJS();
  } catch {
    throw new DeclarationError(name, [problem('the top', 'an alias without its anchor, or too many of them')]);
  }
}

function explain(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[], content: unknown): Problem[] {
  const place = [...prefix, ...issue.path];
  const path = place.map(String).join('.') || 'the top';
  const value = valueAt(content, place);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...place, key].map(String).join('.'),
      what: 'unknown option',
      got: quoted(key),
      allowed: prefix.length === 0 ? 'targets' : optionsOf(value),
      fix: 'correct or remove it; connection URLs stay in the environment (urlFrom)',
    }));
  }
  const option = place.findLast((key) => typeof key === 'string' && key in allowedIn) ?? 'targets';
  return [
    {
      path,
      what: value === undefined ? 'missing' : 'not what belongs here',
      got: describe(value),
      allowed: allowedIn[String(option)] ?? '',
      fix: 'see docs/reencryption.md for an example of each store',
    },
  ];
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | null | undefined)?.[key],
    content,
  );
}

function optionsOf(target: unknown): string {
  return (target as { store?: unknown }).store === 'mongodb'
    ? 'store, urlFrom, database, collection, fields'
    : 'store, urlFrom, schema, table, primaryKey, columns';
}

/** A value of the file; never one that looks like a URL, which may hold a password. */
function describe(value: unknown): string {
  if (value === undefined) {
    return 'nothing';
  }
  if (typeof value === 'string') {
    return value.includes('://') ? 'a URL' : quoted(value);
  }
  return Array.isArray(value) ? `a list of ${value.length}` : value === null ? 'null' : typeof value;
}

/** What is there twice, in one target or as a target. */
function repeated(target: Target | undefined, index: number, targets: readonly (Target | undefined)[]): Problem[] {
  if (target === undefined) {
    return [];
  }
  const first = targets.findIndex(
    (other) => other && targetName(other) === targetName(target) && other.urlFrom === target.urlFrom,
  );
  const problems = repeatedColumns(target, index);
  if (first !== index) {
    problems.push({
      path: `targets.${index}`,
      what: 'the same target twice',
      got: quoted(targetName(target)),
      allowed: 'each table or collection once',
      fix: `add its columns to targets.${first}`,
    });
  }
  return problems;
}

function repeatedColumns(target: Target, index: number): Problem[] {
  const [option, columns] = target.store === 'postgresql' ? ['columns', target.columns] : ['fields', target.fields];
  const taken = new Set(target.store === 'postgresql' ? target.primaryKey : ['_id']);
  return columns.flatMap((column, position) => {
    const again = taken.has(column);
    taken.add(column);
    const within = columns.some((other) => target.store === 'mongodb' && column.startsWith(`${other}.`));
    if (!again && !within) {
      return [];
    }
    return [
      {
        path: `targets.${index}.${option}.${position}`,
        what: again ? 'the name is there already, as a column or in the primary key' : 'part of another field',
        got: quoted(column),
        allowed: 'each encrypted column once',
        fix: 'remove it',
      },
    ];
  });
}
