import type { Document } from 'mongodb';

/** Users are kept in this database; connection URLs name it as `authSource`. */
export const userDatabase = 'admin';

/** A role, and the database that defines it. */
export interface MongodbRole {
  readonly role: string;
  readonly db: string;
}

/** A user, as `usersInfo` finds it. */
export interface MongodbUser {
  readonly user: string;
  readonly roles: readonly MongodbRole[];
  readonly inheritedPrivileges?: readonly MongodbPrivilege[];
  readonly authenticationRestrictions?: readonly Document[];
}

export interface MongodbPrivilege {
  readonly resource: Document;
  readonly actions: readonly string[];
}

/** https://www.mongodb.com/docs/manual/reference/command/usersInfo/ */
export function usersInfoCommand(users: readonly string[]): Document {
  return {
    usersInfo: users.map((user) => ({ user, db: userDatabase })),
    showPrivileges: true,
    showAuthenticationRestrictions: true,
  };
}

/**
 * The next user, with the rights of the one in use. The server replaces the password in its log and in its profiler.
 * @param missing whether the user has to be made
 */
export function provisionCommand(user: string, from: MongodbUser, password: string, missing: boolean): Document {
  return {
    [missing ? 'createUser' : 'updateUser']: user,
    pwd: password,
    roles: from.roles,
    authenticationRestrictions: from.authenticationRestrictions ?? [],
  };
}

/** Without roles, what is connected may do nothing any more. */
export function lockCommand(user: string, password: string): Document {
  return { updateUser: user, pwd: password, roles: [] };
}

/** https://www.mongodb.com/docs/manual/reference/operator/aggregation/currentOp/ */
export function sessionsPipeline(user: string): Document[] {
  return [
    { $currentOp: { allUsers: true, idleConnections: true } },
    { $match: { effectiveUsers: { $elemMatch: { user, db: userDatabase } } } },
    { $project: { opid: 1, active: 1, client: 1, appName: 1 } },
  ];
}

export function endSessionsCommand(user: string): Document {
  return { killAllSessions: [{ user, db: userDatabase }] };
}

export function killCommand(operation: unknown): Document {
  return { killOp: 1, op: operation };
}

/** Roles whose users may do everything, or may give themselves every right (https://www.mongodb.com/docs/manual/reference/built-in-roles/). */
const superuserRoles = new Set(['root', '__system', 'userAdminAnyDatabase', 'admin.dbOwner', 'admin.userAdmin']);

export function superuserRole({ roles }: MongodbUser): string | undefined {
  return roles.find(({ role, db }) => superuserRoles.has(role) || superuserRoles.has(`${db}.${role}`))?.role;
}

/** Rights that the administrator needs on the database of users, and on the cluster. */
const userActions = [
  'createUser',
  'changePassword',
  'grantRole',
  'revokeRole',
  'viewUser',
  'setAuthenticationRestriction',
];
const clusterActions = ['inprog', 'killop', 'killAnySession'];

/** Those that are missing among the privileges of `connectionStatus`. */
export function missingActions(privileges: readonly MongodbPrivilege[]): string[] {
  const granted = (covers: (resource: Document) => boolean): Set<string> =>
    new Set(privileges.filter(({ resource }) => covers(resource)).flatMap(({ actions }) => actions));
  const onUsers = granted(
    ({ anyResource, db, collection }) =>
      anyResource === true || (collection === '' && (db === '' || db === userDatabase)),
  );
  const onCluster = granted(({ anyResource, cluster }) => anyResource === true || cluster === true);
  const lacks = (actions: readonly string[], has: Set<string>): string[] =>
    actions.filter((action) => !has.has(action) && !has.has('anyAction'));
  return [...lacks(userActions, onUsers), ...lacks(clusterActions, onCluster)];
}

/** Privileges of the first user that the second one lacks, whatever their order and grouping. */
export function lackingPrivileges(from: MongodbUser, to: MongodbUser | undefined): string[] {
  const flat = (user: MongodbUser | undefined): string[] =>
    (user?.inheritedPrivileges ?? []).flatMap(({ resource, actions }) =>
      actions.map((action) => `${action} on ${JSON.stringify(Object.entries(resource).sort())}`),
    );
  const has = new Set(flat(to));
  return [...new Set(flat(from))].filter((privilege) => !has.has(privilege)).sort();
}
