import { createHash } from 'node:crypto';
import type { SecretValue } from '../../values/secret-value';

/** A user, as `system.users` finds it; newer releases list several ways to log in. */
export interface ClickhouseUser {
  readonly name: string;
  readonly storage: string;
  readonly auth_type: string | readonly string[];
  readonly host_ip: readonly string[];
  readonly host_names: readonly string[];
  readonly host_names_regexp: readonly string[];
  readonly host_names_like: readonly string[];
  readonly default_roles_all: number;
  readonly default_roles_list: readonly string[];
  readonly default_roles_except: readonly string[];
  readonly default_database: string | null;
}

/** A setting or a profile of a user, as `system.settings_profile_elements` finds it. */
export interface ClickhouseSetting {
  readonly setting_name: string | null;
  readonly value: string | null;
  readonly min: string | null;
  readonly max: string | null;
  readonly writability: string | null;
  readonly inherit_profile: string | null;
}

/** https://clickhouse.com/docs/sql-reference/syntax#identifiers */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** https://clickhouse.com/docs/sql-reference/syntax#string */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** The password as the server keeps it, so that neither its log nor `system.query_log` ever holds it. */
export function identification(password: SecretValue): string {
  return `IDENTIFIED WITH sha256_hash BY '${createHash('sha256').update(password.reveal()).digest('hex')}'`;
}

/** What makes the next user the equal of the one in use (https://clickhouse.com/docs/sql-reference/statements/create/user). */
export function provisionStatements(
  user: string,
  like: ClickhouseUser,
  grants: readonly string[],
  settings: readonly ClickhouseSetting[],
  password: SecretValue,
): string[] {
  const name = quoteName(user);
  return [
    // Nobody may log in before the user is complete.
    `CREATE USER IF NOT EXISTS ${name} ${identification(password)} HOST NONE`,
    ...grants.map((grant) => grantFor(grant, like.name, user)),
    ...(settings.length > 0 ? [`ALTER USER ${name} SETTINGS ${settings.map(settingText).join(', ')}`] : []),
    `ALTER USER ${name} ${identification(password)} HOST ${hostText(like)} DEFAULT ROLE ${rolesText(like)}${databaseText(like)}`,
  ];
}

/** The password of one way to log in that nobody knows. */
export function replaceStatement(user: string, password: SecretValue): string {
  return `ALTER USER ${quoteName(user)} ${identification(password)}`;
}

/** One more password, from release 24.9 on (https://clickhouse.com/docs/sql-reference/statements/alter/user). */
export function addStatement(user: string, password: SecretValue): string {
  return `ALTER USER ${quoteName(user)} ADD ${identification(password)}`;
}

export function endSessionsStatement(user: string): string {
  return `KILL QUERY WHERE user = ${quoteText(user)} ASYNC`;
}

/**
 * A line of SHOW GRANTS for another user.
 * @throws Error for a line that it does not understand: a right that is left out would be found out by the workloads
 */
export function grantFor(grant: string, from: string, to: string): string {
  const names = [from, quoteName(from)];
  const [, what = '', name = '', option = ''] =
    /^((?:GRANT|REVOKE) .+ (?:TO|FROM) )(`(?:[^`\\]|\\.)+`|\S+?)((?: WITH (?:GRANT|ADMIN) OPTION)?)$/s.exec(grant) ??
    [];
  if (!names.includes(name)) {
    throw new Error(`SHOW GRANTS said something that is not understood, about ${from}`);
  }
  return `${what}${quoteName(to)}${option}`;
}

function settingText({ setting_name, value, min, max, writability, inherit_profile }: ClickhouseSetting): string {
  if (setting_name === null) {
    return `PROFILE ${quoteText(inherit_profile ?? '')}`;
  }
  return [
    quoteName(setting_name),
    ...(value === null ? [] : [`= ${quoteText(value)}`]),
    ...(min === null ? [] : [`MIN ${quoteText(min)}`]),
    ...(max === null ? [] : [`MAX ${quoteText(max)}`]),
    ...(writability === null ? [] : [writability]),
  ].join(' ');
}

function hostText(user: ClickhouseUser): string {
  const hosts = [
    ...user.host_ip.map((address) => `IP ${quoteText(address)}`),
    ...user.host_names.map((name) => `NAME ${quoteText(name)}`),
    ...user.host_names_regexp.map((pattern) => `REGEXP ${quoteText(pattern)}`),
    ...user.host_names_like.map((pattern) => `LIKE ${quoteText(pattern)}`),
  ];
  return hosts.length === 0 ? 'NONE' : hosts.join(', ');
}

function rolesText({ default_roles_all, default_roles_list, default_roles_except }: ClickhouseUser): string {
  if (default_roles_all === 0) {
    return default_roles_list.length === 0 ? 'NONE' : default_roles_list.map(quoteName).join(', ');
  }
  return default_roles_except.length === 0 ? 'ALL' : `ALL EXCEPT ${default_roles_except.map(quoteName).join(', ')}`;
}

function databaseText({ default_database }: ClickhouseUser): string {
  return default_database === null || default_database === '' ? '' : ` DEFAULT DATABASE ${quoteName(default_database)}`;
}

/** `{users}`: names. */
export const usersQuery = `SELECT name, storage, auth_type, host_ip, host_names, host_names_regexp, host_names_like,
  default_roles_all, default_roles_list, default_roles_except, default_database
FROM system.users WHERE name IN {users: Array(String)}`;

/** `{user}` */
export const settingsQuery = `SELECT setting_name, value, min, max, writability, inherit_profile
FROM system.settings_profile_elements WHERE user_name = {user: String} ORDER BY index`;

export const serverQuery = 'SELECT version() AS version, currentUser() AS admin';

/** `{from}` and `{to}`: rules that apply to the first user by its name, and not to the second one. */
export const rulesQuery = `SELECT 'row policy' AS kind, name FROM system.row_policies
  WHERE has(apply_to_list, {from: String}) AND NOT has(apply_to_list, {to: String})
UNION ALL SELECT 'quota' AS kind, name FROM system.quotas
  WHERE has(apply_to_list, {from: String}) AND NOT has(apply_to_list, {to: String})`;

/** `{user}`: queries that run at this moment. */
export const processesQuery = `SELECT if(http_user_agent != '', http_user_agent, client_name) AS program,
  toString(address) AS address FROM system.processes WHERE user = {user: String}`;

/** Connections that wait are not listed, so a query of the last half minute counts as a session too. */
export const recentQuery = `SELECT DISTINCT if(http_user_agent != '', http_user_agent, client_name) AS program,
  toString(address) AS address FROM system.query_log
WHERE user = {user: String} AND type = 'QueryStart' AND event_time > now() - 30 AND event_date >= today() - 1
  AND NOT startsWith(http_user_agent, {own: String})`;

export const queryLogQuery =
  "SELECT count() AS count FROM system.tables WHERE database = 'system' AND name = 'query_log'";
