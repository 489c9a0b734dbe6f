import { type Problem, quoted } from '../../catalog';
import { quoteIdentifier } from '../../reencryption/postgresql-statements';
import type { CheckOptions, Turn } from './database';
import type { RoleSetting } from './postgresql-statements';

/** The server and the administrator's place in it, as `serverQuery` finds them. */
export interface ServerFacts {
  readonly admin: string;
  readonly superuser: boolean;
  readonly createrole: boolean;
  readonly standby: boolean;
  readonly version: number;
  readonly read_only: boolean;
  readonly may_signal: boolean;
}

/** A role, as `rolesQuery` and `settingsQuery` find it. */
export interface RoleFacts {
  readonly name: string;
  readonly login: boolean;
  readonly replication: boolean;
  readonly connection_limit: number;
  /** Whether it is one, or is a member of one. */
  readonly superuser: boolean;
  readonly own_rights: boolean;
  readonly member_of: readonly string[];
  /** Members of members included. */
  readonly all_roles: readonly string[];
  readonly may_signal: boolean;
  readonly may_administer: boolean;
  readonly settings: readonly RoleSetting[];
}

export type Roles = ReadonlyMap<string, RoleFacts>;

/** The role that both users act as, unless another is named: what both names begin with. */
export function defaultGroup(turn: Turn): string {
  let length = 0;
  while (length < turn.from.length && turn.from[length] === turn.to[length]) {
    length += 1;
  }
  return turn.from.slice(0, length).replace(/[_-]+$/, '');
}

/**
 * The role whose rights the next user gets, by being a member of it and acting as it (`ALTER ROLE ... SET role`). Then
 * `current_user` is the same in the sessions of both, so rights, row security and the owner of new tables are the same
 * too, in every database, without a copy that could miss something. This is the role that the active user acts as
 * already; a group of which it is a member and beside which it has nothing of its own; or the active user itself.
 */
export function roleToActAs(from: RoleFacts, turn: Turn, roles: Roles, group: string | undefined): string {
  const already = from.settings.find(({ name, database }) => name === 'role' && database === undefined)?.value;
  if (already !== undefined && already !== 'none') {
    return already;
  }
  const name = group ?? defaultGroup(turn);
  return group !== undefined || (roles.has(name) && from.all_roles.includes(name) && !from.own_rights)
    ? name
    : turn.from;
}

/** Roles that the next user becomes a member of: the one that it acts as, and those that the active one may change to. */
export function rolesToJoin(from: RoleFacts, turn: Turn, actsAs: string): string[] {
  return [...new Set([actsAs, ...from.member_of])].filter((role) => role !== turn.to);
}

/** Settings of the active user that the next one lacks; `role` is not copied but decided. */
export function settingsToCopy(from: RoleFacts, to: RoleFacts | undefined): RoleSetting[] {
  const has = (wanted: RoleSetting): boolean =>
    to?.settings.some(
      ({ name, value, database }) => name === wanted.name && value === wanted.value && database === wanted.database,
    ) ?? false;
  return from.settings.filter((setting) => setting.name !== 'role' && !has(setting));
}

/** Settings that only a superuser may give to the next user. */
export function settingProblems(server: ServerFacts, turn: Turn, refused: readonly string[]): Problem[] {
  const admin = quoteIdentifier(server.admin);
  return refused.map((name) =>
    problem(
      turn.to,
      `the administrator may not give the user a setting that ${turn.from} has`,
      quoted(name),
      'settings that every user may change, or that the administrator was granted',
      server.version < 150_000
        ? `as a superuser: create the user, and set ${name} as for ${turn.from} with ALTER ROLE ${quoteIdentifier(turn.to)} SET`
        : `as a superuser: GRANT SET ON PARAMETER ${name} TO ${admin}`,
    ),
  );
}

/** What stands in the way, from facts alone. */
export function roleProblems(
  server: ServerFacts,
  roles: Roles,
  turn: Turn,
  group: string | undefined,
  { endsSessions }: CheckOptions,
): Problem[] {
  const from = roles.get(turn.from);
  if (!from) {
    return [
      problem(
        turn.from,
        'the user in use does not exist on this server',
        'no such role',
        'the server that the workloads log in to',
        'correct the URL of the administrator',
      ),
    ];
  }
  const actsAs = roleToActAs(from, turn, roles, group);
  return [
    ...serverProblems(server, turn),
    ...userProblems(roles, turn, from),
    ...actingProblems(roles, turn, from, actsAs, group),
    ...rightProblems(server, roles, turn, rolesToJoin(from, turn, actsAs)),
    ...(endsSessions ? signalProblems(server, roles, turn) : []),
  ];
}

function serverProblems(server: ServerFacts, turn: Turn): Problem[] {
  const problems: Problem[] = [];
  if (server.version < 100_000) {
    problems.push(
      problem(
        'server',
        'the release has no SCRAM passwords',
        String(server.version),
        'PostgreSQL 10 or newer',
        'upgrade the server',
      ),
    );
  }
  if (server.standby || server.read_only) {
    problems.push(
      problem(
        'server',
        'the server takes no changes',
        server.standby ? 'a standby' : 'sessions that are read-only by default',
        'the primary',
        'correct the URL of the administrator',
      ),
    );
  }
  if ([turn.from, turn.to].includes(server.admin)) {
    problems.push(
      problem(
        server.admin,
        'the administrator is one of the two users, and would lock itself out',
        quoted(server.admin),
        'a third user',
        'connect as another user with CREATEROLE',
      ),
    );
  }
  return problems;
}

function userProblems(roles: Roles, turn: Turn, from: RoleFacts): Problem[] {
  const to = roles.get(turn.to);
  const problems = [turn.from, turn.to]
    .filter((name) => roles.get(name)?.superuser)
    .map((name) =>
      problem(
        name,
        'the user is a superuser, or a member of one; such a user is never changed here',
        'a superuser',
        'users that have only the rights that the application needs',
        `make a user for the application, and write it to Vault; or ALTER ROLE ${quoteIdentifier(name)} NOSUPERUSER`,
      ),
    );
  if (from.replication && !to?.replication) {
    problems.push(
      problem(
        turn.to,
        'the user lacks an attribute that only a superuser gives',
        'no REPLICATION',
        `what ${turn.from} has`,
        to
          ? `ALTER ROLE ${quoteIdentifier(turn.to)} REPLICATION`
          : `CREATE ROLE ${quoteIdentifier(turn.to)} NOLOGIN REPLICATION`,
      ),
    );
  }
  return problems;
}

function actingProblems(
  roles: Roles,
  turn: Turn,
  from: RoleFacts,
  actsAs: string,
  group: string | undefined,
): Problem[] {
  const byDatabase = from.settings.find(({ name, database }) => name === 'role' && database !== undefined);
  if (byDatabase) {
    return [
      problem(
        turn.from,
        'the user acts as different roles in different databases',
        `role ${quoted(byDatabase.value)} in database ${quoted(byDatabase.database)}`,
        'one role in all databases',
        `ALTER ROLE ${quoteIdentifier(turn.from)} SET role = ... for all databases, and RESET role in each`,
      ),
    ];
  }
  const role = roles.get(actsAs);
  if (!role) {
    return [
      problem(
        actsAs,
        'the role that both users are to act as does not exist',
        'no such role',
        'a role that owns what the application uses, or no group',
        `CREATE ROLE ${quoteIdentifier(actsAs)} NOLOGIN, and give it what ${turn.from} has`,
      ),
    ];
  }
  const problems: Problem[] = [];
  if (role.superuser && actsAs !== turn.from) {
    problems.push(
      problem(
        actsAs,
        'the role that both users act as is a superuser',
        'a superuser',
        'a role that has only the rights that the application needs',
        'name another group',
      ),
    );
  }
  const circle = rolesToJoin(from, turn, actsAs).filter((name) => roles.get(name)?.all_roles.includes(turn.to));
  if (circle.length > 0) {
    problems.push(
      problem(
        turn.to,
        'the user cannot become a member of a role that is a member of the user',
        circle.map(quoted).join(', '),
        `roles that are no members of ${turn.to}`,
        circle.map((name) => `REVOKE ${quoteIdentifier(turn.to)} FROM ${quoteIdentifier(name)} CASCADE`).join('; '),
      ),
    );
  }
  return group === actsAs && group !== settingOf(from) ? [...problems, ...groupProblems(turn, from, group)] : problems;
}

function settingOf(from: RoleFacts): string | undefined {
  return from.settings.find(({ name }) => name === 'role')?.value;
}

/** A group that was named, while the active user still acts as itself. */
function groupProblems(turn: Turn, from: RoleFacts, group: string): Problem[] {
  if (!from.all_roles.includes(group)) {
    return [
      problem(
        turn.from,
        'the user in use is no member of the group, so it is not known that the group has the same rights',
        `member of ${from.member_of.length === 0 ? 'nothing' : from.member_of.map(quoted).join(', ')}`,
        `a member of ${group}`,
        `GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(turn.from)}`,
      ),
    ];
  }
  return from.own_rights
    ? [
        problem(
          turn.from,
          'the user in use has rights of its own, which the group lacks',
          'objects, grants, policies or attributes that name the user itself',
          `only what ${group} has`,
          `in each database: REASSIGN OWNED BY ${quoteIdentifier(turn.from)} TO ${quoteIdentifier(group)}, and grant to the group what is left; or leave the group out`,
        ),
      ]
    : [];
}

function rightProblems(server: ServerFacts, roles: Roles, turn: Turn, joins: readonly string[]): Problem[] {
  if (server.superuser) {
    return [];
  }
  if (!server.createrole) {
    return [
      problem(
        server.admin,
        'the administrator may not change roles',
        'neither SUPERUSER nor CREATEROLE',
        'one of both',
        `ALTER ROLE ${quoteIdentifier(server.admin)} CREATEROLE`,
      ),
    ];
  }
  // From PostgreSQL 16 on, CREATEROLE alone reaches only the roles that the administrator made or was given.
  const beyond = [...new Set([turn.from, turn.to, ...joins])].filter(
    (name) => roles.get(name)?.may_administer === false,
  );
  return server.version < 160_000 || beyond.length === 0
    ? []
    : [
        problem(
          server.admin,
          'the administrator may not change these roles',
          beyond.map(quoted).join(', '),
          'roles that it has ADMIN OPTION on',
          `GRANT ${beyond.map(quoteIdentifier).join(', ')} TO ${quoteIdentifier(server.admin)} WITH ADMIN OPTION`,
        ),
      ];
}

/** Whoever belongs to a role may end its sessions (https://www.postgresql.org/docs/current/functions-admin.html). */
function signalProblems(server: ServerFacts, roles: Roles, turn: Turn): Problem[] {
  const beyond = [turn.from, turn.to].filter((name) => roles.get(name)?.may_signal === false);
  return server.superuser || server.may_signal || beyond.length === 0
    ? []
    : [
        problem(
          server.admin,
          'the administrator may not end sessions of these users',
          beyond.map(quoted).join(', '),
          'members of pg_signal_backend',
          `GRANT pg_signal_backend TO ${quoteIdentifier(server.admin)}`,
        ),
      ];
}

function problem(path: string, what: string, got: string, allowed: string, fix: string): Problem {
  return { path: `postgresql ${path}`, what, got, allowed, fix };
}
