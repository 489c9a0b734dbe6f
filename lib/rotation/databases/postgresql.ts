import type { Client, ClientConfig, QueryResult, QueryResultRow } from 'pg';
import type { AlternatingUsersRotation, Problem } from '../../catalog';
import type { SecretValue } from '../../values/secret-value';
import { RotationError } from '../errors';
import { busyUserProblem } from './busy-user';
import type { AlternatingUsersDatabase, CheckOptions, Credential, OpenSessions, Turn } from './database';
import { DriverErrors, partsOf } from './driver-errors';
import {
  defaultGroup,
  type RoleFacts,
  roleProblems,
  roleToActAs,
  type Roles,
  rolesToJoin,
  settingProblems,
  settingsToCopy,
  type ServerFacts,
} from './postgresql-roles';
import {
  databasesQuery,
  endSessionsStatement,
  hbaQuery,
  lockStatement,
  mayReadHbaQuery,
  provisionStatements,
  refusedSettingsQuery,
  type RoleSetting,
  rolesQuery,
  serverQuery,
  sessionsQuery,
  settingsQuery,
  type Statement,
} from './postgresql-statements';
import { scramVerifier } from './scram-verifier';

/** invalid_password, invalid_authorization_specification: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const refusals = new Set(['28P01', '28000']);
const timeouts = { connectionTimeoutMillis: 10_000, statement_timeout: 30_000, lock_timeout: 10_000 };

/** Two users of PostgreSQL that act as one role. */
export class PostgresqlDatabase implements AlternatingUsersDatabase {
  readonly #client: Client;
  readonly #errors: DriverErrors;
  readonly #group: string | undefined;

  private constructor(client: Client, errors: DriverErrors, group: string | undefined) {
    this.#client = client;
    this.#errors = errors;
    this.#group = group;
  }

  /** @throws RotationError where the server cannot be reached or refuses the administrator */
  static async connect(url: string, { group }: Pick<AlternatingUsersRotation, 'group'>): Promise<PostgresqlDatabase> {
    const unread = new DriverErrors('postgresql', 'check the URL of the administrator');
    unread.hide(url);
    const client = await unread.during('read the URL of the administrator', async () => await clientOf(url));
    const fix = 'check the server and the URL of the administrator, then run the same command again';
    const errors = new DriverErrors(`postgresql at ${client.host}:${client.port}`, fix);
    errors.hide(url, typeof client.password === 'string' ? client.password : '');
    await errors.during('connect as the administrator', async () => {
      await client.connect();
    });
    return new PostgresqlDatabase(client, errors, group);
  }

  async check(turn: Turn, options: CheckOptions): Promise<Problem[]> {
    const { rows } = await this.#query<ServerFacts>({ text: serverQuery });
    const [server] = rows;
    if (!server) {
      throw new RotationError('postgresql: the administrator is no role', 'check the URL of the administrator');
    }
    const roles = await this.#roles(turn);
    return [
      ...roleProblems(server, roles, turn, this.#group, options),
      ...(await this.#settingProblems(server, turn, roles)),
      ...(options.published || options.endsSessions ? [] : await this.#idleProblems(turn)),
      ...(await this.#hbaProblems(turn)),
    ];
  }

  async provision(turn: Turn, password: SecretValue): Promise<void> {
    const roles = await this.#roles(turn);
    const from = roles.get(turn.from);
    if (!from) {
      throw new RotationError(`postgresql: there is no user ${turn.from}`, 'check the URL of the administrator');
    }
    const actsAs = roleToActAs(from, turn, roles, this.#group);
    const statements = provisionStatements({
      user: turn.to,
      missing: !roles.has(turn.to),
      actsAs,
      memberOf: rolesToJoin(from, turn, actsAs).filter((role) => !roles.get(turn.to)?.member_of.includes(role)),
      settings: settingsToCopy(from, roles.get(turn.to)),
      connectionLimit: from.connection_limit,
      verifier: scramVerifier(password),
    });
    for (const statement of statements) {
      await this.#query(statement);
    }
  }

  async proveAccess(turn: Turn, password: SecretValue): Promise<void> {
    const roles = await this.#roles(turn);
    const from = roles.get(turn.from);
    const expected = from && roleToActAs(from, turn, roles, this.#group);
    const acting = await this.#as({ user: turn.to, password }, `log in as ${turn.to}`, async (client) => {
      const { rows } = await client.query<{ acting: string }>('SELECT current_user::text AS acting');
      return rows[0]?.acting;
    });
    if (expected === undefined || acting !== expected) {
      throw new RotationError(
        `postgresql: ${turn.to} acts as ${String(acting)} and not as ${String(expected)}, so it has other rights than ${turn.from}`,
        `check its memberships; nothing was published`,
      );
    }
    const { rows } = await this.#query<{ name: string }>({ text: databasesQuery, values: [turn.from, turn.to] });
    if (rows.length > 0) {
      const names = rows.map(({ name }) => name).join(', ');
      throw new RotationError(
        `postgresql: ${turn.to} may not connect to ${names}, to which ${turn.from} may`,
        `grant it CONNECT on them; nothing was published`,
      );
    }
  }

  async accepts(credential: Credential): Promise<boolean> {
    const client = this.#clientAs(credential);
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (refusals.has(partsOf(error).code)) {
        return false;
      }
      throw this.#errors.failed(`find out whether ${credential.user} may log in`, error);
    } finally {
      await end(client);
    }
  }

  async sessions(user: string): Promise<OpenSessions> {
    const { rows } = await this.#query<{ client: string }>({ text: sessionsQuery, values: [user] });
    return { count: rows.length, clients: [...new Set(rows.map(({ client }) => client))] };
  }

  async endSessions(user: string): Promise<void> {
    await this.#query({ text: endSessionsStatement, values: [user] });
  }

  async lock(user: string): Promise<void> {
    await this.#query(lockStatement(user));
  }

  async close(): Promise<void> {
    await end(this.#client);
  }

  async #query<R extends QueryResultRow>({ text, values = [] }: Statement): Promise<QueryResult<R>> {
    return await this.#send<R>(text, [...values]);
  }

  async #send<R extends QueryResultRow>(text: string, values: unknown[]): Promise<QueryResult<R>> {
    // What comes before the first quote or parameter says what is done, and holds neither a name nor a value.
    const what =
      text
        .trim()
        .split(/["'$(\n]/)[0]
        ?.trim() ?? '';
    return await this.#errors.during(`do ${what}`, async () => await this.#client.query<R>(text, values));
  }

  /** Everything known about the two users and the roles around them. */
  async #roles(turn: Turn): Promise<Roles> {
    const found = new Map<string, RoleFacts>();
    let names = [turn.from, turn.to, this.#group ?? defaultGroup(turn)];
    while (names.length > 0) {
      const settings = await this.#settings(names);
      const { rows } = await this.#send<Omit<RoleFacts, 'settings'>>(rolesQuery, [names]);
      for (const row of rows) {
        found.set(row.name, { ...row, settings: settings.get(row.name) ?? [] });
      }
      const { member_of = [], settings: own = [] } = found.get(turn.from) ?? {};
      const further = [...member_of, ...own.filter(({ name }) => name === 'role').map(({ value }) => value)];
      const asked: readonly string[] = names;
      names = [...new Set(further)].filter((name) => !found.has(name) && !asked.includes(name));
    }
    return found;
  }

  async #settings(names: readonly string[]): Promise<Map<string, RoleSetting[]>> {
    const { rows } = await this.#send<{ user: string; database: string | null; setting: string }>(settingsQuery, [
      names,
    ]);
    const settings = new Map<string, RoleSetting[]>();
    for (const { user, database, setting } of rows) {
      const equals = setting.indexOf('=');
      const entry = {
        name: setting.slice(0, equals),
        value: setting.slice(equals + 1),
        ...(database === null ? {} : { database }),
      };
      settings.set(user, [...(settings.get(user) ?? []), entry]);
    }
    return settings;
  }

  async #settingProblems(server: ServerFacts, turn: Turn, roles: Roles): Promise<Problem[]> {
    const from = roles.get(turn.from);
    if (!from || server.superuser) {
      return [];
    }
    const names = settingsToCopy(from, roles.get(turn.to)).map(({ name }) => name);
    const { rows } = await this.#send<{ name: string }>(refusedSettingsQuery(server.version), [[...new Set(names)]]);
    return settingProblems(
      server,
      turn,
      rows.map(({ name }) => name),
    );
  }

  async #idleProblems({ to }: Turn): Promise<Problem[]> {
    const { count, clients } = await this.sessions(to);
    return count === 0
      ? []
      : [busyUserProblem(`postgresql ${to}`, `${count} open session${count === 1 ? '' : 's'}: ${clients.join(', ')}`)];
  }

  /** Rules that name users are for the superuser to read; where they cannot be read, only the login itself shows. */
  async #hbaProblems({ from, to }: Turn): Promise<Problem[]> {
    const { rows: allowed } = await this.#query<{ allowed: boolean }>({ text: mayReadHbaQuery });
    if (allowed[0]?.allowed !== true) {
      return [];
    }
    const { rows } = await this.#query<{ line: number }>({ text: hbaQuery, values: [from, to] });
    return rows.map(({ line }) => ({
      path: `postgresql pg_hba.conf line ${line}`,
      what: 'the rule lets one of the two users in, and not the other one',
      got: `${from} without ${to}`,
      allowed: 'rules that name both, or neither',
      fix: `add ${to} to the rule, and reload the server`,
    }));
  }

  async #as<T>(credential: Credential, what: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#clientAs(credential);
    try {
      return await this.#errors.during(what, async () => {
        await client.connect();
        return await work(client);
      });
    } finally {
      await end(client);
    }
  }

  /** A connection to the same server and database as another user. */
  #clientAs({ user, password }: Credential): Client {
    this.#errors.hide(password.reveal());
    const { host, port, database, ssl } = this.#client as unknown as ClientConfig;
    const Constructor = this.#client.constructor as new (config: ClientConfig) => Client;
    const client = new Constructor({
      ...timeouts,
      ...{ host, port, database, ssl },
      ...{ user, password: password.reveal(), application_name: applicationName },
    });
    client.on('error', () => undefined);
    return client;
  }
}

const applicationName = 'nivesh-secrets rotate';

/** Loaded only where it is used. */
async function clientOf(connectionString: string): Promise<Client> {
  const { Client } = await import('pg');
  const client = new Client({ ...timeouts, connectionString, application_name: applicationName });
  // A connection that breaks also fails the statement that runs, which is where it is reported.
  client.on('error', () => undefined);
  return client;
}

async function end(client: Client): Promise<void> {
  // It may be broken or never have been open; there is nothing to save in it.
  await client.end().catch(() => undefined);
}
