/** A command of the system database and its parameters, which neither logs nor messages show. */
export interface Command {
  readonly text: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A user, as `SHOW USERS` finds it; the community edition knows neither roles nor suspension. */
export interface Neo4jUser {
  readonly user: string;
  readonly roles: readonly string[] | null;
  readonly suspended: boolean | null;
}

/** Everything that makes the next user the equal of the one in use. */
export interface Neo4jPlan {
  readonly user: string;
  /** Whether the user has to be made. */
  readonly missing: boolean;
  readonly password: string;
  /** Roles that the user lacks; none in the community edition, where every user may do everything. */
  readonly roles: readonly string[];
  readonly enterprise: boolean;
}

/** https://neo4j.com/docs/operations-manual/current/authentication-authorization/manage-users/ */
export function provisionCommands({ user, missing, password, roles, enterprise }: Neo4jPlan): Command[] {
  const status = enterprise ? ' SET STATUS ACTIVE' : '';
  const verb = missing ? 'CREATE' : 'ALTER';
  return [
    {
      text: `${verb} USER $user SET PASSWORD $password CHANGE NOT REQUIRED${status}`,
      parameters: { user, password },
    },
    // Every user has the role PUBLIC.
    ...roles
      .filter((role) => role !== 'PUBLIC')
      .map((role) => ({ text: 'GRANT ROLE $role TO $user', parameters: { role, user } })),
  ];
}

/** The community edition cannot suspend a user; a password that nobody knows does the same. */
export function lockCommand(user: string, password: string, enterprise: boolean): Command {
  const status = enterprise ? ' SET STATUS SUSPENDED' : '';
  return {
    text: `ALTER USER $user SET PASSWORD $password CHANGE NOT REQUIRED${status}`,
    parameters: { user, password },
  };
}

export const usersCommand: Command = { text: 'SHOW USERS YIELD user, roles, suspended' };
export const componentsCommand: Command = { text: 'CALL dbms.components() YIELD name, versions, edition' };

/** The system database filters no procedure, so whoever asks does. */
export const connectionsCommand: Command = {
  text: 'CALL dbms.listConnections() YIELD connectionId, username, userAgent, clientAddress',
};

export function killCommand(ids: readonly string[]): Command {
  return { text: 'CALL dbms.killConnections($ids)', parameters: { ids } };
}
