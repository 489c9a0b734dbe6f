import { quoteIdentifier } from '../../reencryption/postgresql-statements';

/** A statement and its parameters. Commands that change roles take none, so names and values are part of their text. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly string[];
}

/** A setting that a role begins its sessions with. */
export interface RoleSetting {
  /** @default - in every database */
  readonly database?: string;
  readonly name: string;
  readonly value: string;
}

/** Everything that makes the next user the equal of the one in use. */
export interface ProvisionPlan {
  readonly user: string;
  /** Whether the user has to be made. */
  readonly missing: boolean;
  /** Role whose rights the sessions of the user have; the user itself where it acts as nobody else. */
  readonly actsAs: string;
  /** Roles that the user becomes a member of. */
  readonly memberOf: readonly string[];
  readonly settings: readonly RoleSetting[];
  /** `-1` for any number. */
  readonly connectionLimit: number;
  /** See `scramVerifier`. */
  readonly verifier: string;
}

/** A text as SQL takes it (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS). */
export function quoteLiteral(text: string): string {
  const quotedText = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quotedText.replaceAll('\\', '\\\\')}` : quotedText;
}

/** One transaction, so a crash leaves the user as it was or complete. */
export function provisionStatements(plan: ProvisionPlan): Statement[] {
  const user = quoteIdentifier(plan.user);
  return [
    { text: 'BEGIN' },
    ...(plan.missing ? [{ text: `CREATE ROLE ${user} NOLOGIN` }] : []),
    ...plan.memberOf.map((role) => ({ text: `GRANT ${quoteIdentifier(role)} TO ${user}` })),
    ...plan.settings.flatMap((setting) => settingStatements(user, setting)),
    {
      text:
        plan.actsAs === plan.user
          ? `ALTER ROLE ${user} RESET role`
          : `ALTER ROLE ${user} SET role = ${quoteLiteral(plan.actsAs)}`,
    },
    {
      text: `ALTER ROLE ${user} LOGIN INHERIT CONNECTION LIMIT ${plan.connectionLimit} VALID UNTIL 'infinity' PASSWORD ${quoteLiteral(plan.verifier)}`,
    },
    { text: 'COMMIT' },
  ];
}

/** Some settings are lists, whose quoting SQL and the catalog do differently; "FROM CURRENT" takes the value as it is. */
function settingStatements(user: string, { database, name, value }: RoleSetting): Statement[] {
  const place = database === undefined ? '' : ` IN DATABASE ${quoteIdentifier(database)}`;
  // A custom setting has a name of two parts.
  const setting = name.split('.').map(quoteIdentifier).join('.');
  return [
    { text: 'SELECT set_config($1, $2, true)', values: [name, value] },
    { text: `ALTER ROLE ${user}${place} SET ${setting} FROM CURRENT` },
  ];
}

/** Sessions that are open stay open. */
export function lockStatement(user: string): Statement {
  return { text: `ALTER ROLE ${quoteIdentifier(user)} NOLOGIN PASSWORD NULL` };
}

/** `$1` user. The server's own processes have no user. */
export const sessionsQuery =
  "SELECT coalesce(nullif(application_name, ''), 'a program without a name') || coalesce(' from ' || host(client_addr), '') AS client FROM pg_stat_activity WHERE usename = $1 ORDER BY 1";

/** `$1` user. */
export const endSessionsStatement = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1';

export const serverQuery = `
  SELECT current_user::text AS admin, r.rolsuper AS superuser, r.rolcreaterole AS createrole, pg_is_in_recovery() AS standby,
    current_setting('server_version_num')::int AS version, current_setting('default_transaction_read_only')::bool AS read_only,
    pg_has_role('pg_signal_backend', 'USAGE') AS may_signal
  FROM pg_roles r WHERE r.rolname = current_user`;

/** `$1` names. Own rights are ownership, grants, policies and default privileges that name the role itself. */
export const rolesQuery = `
  SELECT r.rolname::text AS name, r.rolcanlogin AS login, r.rolreplication AS replication, r.rolconnlimit AS connection_limit,
    EXISTS (SELECT FROM pg_roles s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS superuser,
    r.rolcreatedb OR r.rolcreaterole OR r.rolbypassrls OR EXISTS (
      SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
        AND d.classid <> 'pg_auth_members'::regclass
    ) AS own_rights,
    ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS member_of,
    ARRAY(SELECT g.rolname::text FROM pg_roles g WHERE g.oid <> r.oid AND pg_has_role(r.oid, g.oid, 'MEMBER') ORDER BY 1) AS all_roles,
    pg_has_role(r.oid, 'USAGE') AS may_signal, pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') AS may_administer
  FROM pg_roles r WHERE r.rolname = ANY ($1)`;

/** `$1` names. */
export const settingsQuery = `
  SELECT r.rolname::text AS user, d.datname::text AS database, unnest(s.setconfig) AS setting
  FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
  WHERE r.rolname = ANY ($1)`;

/**
 * `$1` names of settings: those that the administrator may not give to a user. The server knows no type of a custom setting
 * and refuses it, as it refuses those of superusers, unless the right was granted
 * (https://www.postgresql.org/docs/current/sql-grant.html, ON PARAMETER, from PostgreSQL 15 on).
 */
export function refusedSettingsQuery(version: number): string {
  const granted = version < 150_000 ? '' : " AND NOT has_parameter_privilege(n.name, 'SET')";
  return `SELECT n.name FROM unnest($1::text[]) AS n (name) LEFT JOIN pg_settings s ON lower(s.name) = lower(n.name)
  WHERE (s.name IS NULL OR s.context LIKE 'superuser%')${granted} ORDER BY 1`;
}

/** `$1` and `$2` users: databases that the first one may connect to and the second one may not. */
export const databasesQuery = `
  SELECT datname::text AS name FROM pg_database
  WHERE datallowconn AND has_database_privilege($1, oid, 'CONNECT') AND NOT has_database_privilege($2, oid, 'CONNECT') ORDER BY 1`;

/** `$1` and `$2` users: lines of pg_hba.conf that name the first one and not the second one. */
export const hbaQuery = `
  SELECT line_number AS line FROM pg_hba_file_rules WHERE $1 = ANY (user_name) AND NOT $2 = ANY (user_name)
    AND NOT 'all' = ANY (user_name) ORDER BY 1`;

export const mayReadHbaQuery =
  "SELECT has_function_privilege('pg_hba_file_rules()', 'EXECUTE') AND has_table_privilege('pg_hba_file_rules', 'SELECT') AS allowed";
