import { randomBytes } from 'node:crypto';
import type { Config, Driver, QueryConfig } from 'neo4j-driver';
import { type Problem, quoted } from '../../catalog';
import type { SecretValue } from '../../values/secret-value';
import { RotationError } from '../errors';
import { busyUserProblem } from './busy-user';
import type { AlternatingUsersDatabase, CheckOptions, Credential, OpenSessions, Turn } from './database';
import { DriverErrors, partsOf } from './driver-errors';
import {
  type Command,
  componentsCommand,
  connectionsCommand,
  killCommand,
  lockCommand,
  type Neo4jUser,
  provisionCommands,
  usersCommand,
} from './neo4j-statements';

/** https://neo4j.com/docs/status-codes/current/errors/all-errors/ */
const refusal = 'Neo.ClientError.Security.Unauthorized';
/** The administrator that every server begins with, and the role of administrators in the enterprise edition. */
const builtIn = { user: 'neo4j', role: 'admin' };

/** The driver's types are classes that it never makes. */
const settings: Partial<Config> = {
  userAgent: 'nivesh-secrets rotate',
  connectionTimeout: 10_000,
  maxTransactionRetryTime: 0,
  telemetryDisabled: true,
};
const systemDatabase: Partial<QueryConfig> = { database: 'system' };

interface Place {
  readonly uri: string;
  readonly admin: string;
  readonly errors: DriverErrors;
}

interface Connection {
  readonly connectionId: string;
  readonly username: string;
  readonly userAgent: string;
  readonly clientAddress: string;
}

/** Two users of Neo4j, 4.0 or newer. Users are kept in its system database. */
export class Neo4jDatabase implements AlternatingUsersDatabase {
  private constructor(
    private readonly driver: Driver,
    private readonly place: Place,
  ) {}

  /** @throws RotationError where the server cannot be reached or refuses the administrator */
  static async connect(url: string): Promise<Neo4jDatabase> {
    const unread = new DriverErrors('neo4j', 'check the URL of the administrator');
    unread.hide(url);
    const { place, password } = await unread.during('read the URL of the administrator', () =>
      Promise.resolve(placeOf(url)),
    );
    const driver = await driverOf(place, place.admin, password);
    try {
      await place.errors.during('connect as the administrator', async () => {
        await driver.verifyAuthentication({ database: 'system' }).then((accepted) => {
          if (!accepted) {
            throw new Error('the server refuses this user and password');
          }
        });
      });
      return new Neo4jDatabase(driver, place);
    } catch (error) {
      await driver.close();
      throw error;
    }
  }

  async check(turn: Turn, options: CheckOptions): Promise<Problem[]> {
    const users = await this.users();
    const problems: Problem[] = [];
    const add = (path: string, what: string, got: string, allowed: string, fix: string): void => {
      problems.push({ path: `neo4j ${path}`, what, got, allowed, fix });
    };
    if (!users.has(turn.from)) {
      add(
        turn.from,
        'the user in use does not exist on this server',
        'no such user',
        'the server that the workloads log in to',
        'correct the URL of the administrator',
      );
    }
    for (const name of [turn.from, turn.to]) {
      if (name === this.place.admin) {
        add(
          name,
          'the administrator is one of the two users, and would lock itself out',
          quoted(name),
          'a third user',
          `connect as another user, such as ${builtIn.user}`,
        );
      } else if (name === builtIn.user || users.get(name)?.roles?.includes(builtIn.role)) {
        add(
          name,
          'the user is an administrator; such a user is never changed here',
          name === builtIn.user ? 'the built-in user' : `role ${builtIn.role}`,
          'users for the application',
          'make a user for the application, and write it to Vault',
        );
      }
    }
    if (!options.published && !options.endsSessions) {
      const { count, clients } = await this.sessions(turn.to);
      if (count > 0) {
        problems.push(busyUserProblem(`neo4j ${turn.to}`, `${count} open: ${clients.join(', ')}`));
      }
    }
    return problems;
  }

  async provision(turn: Turn, password: SecretValue): Promise<void> {
    const users = await this.users();
    const has = users.get(turn.to)?.roles ?? [];
    const commands = provisionCommands({
      user: turn.to,
      missing: !users.has(turn.to),
      password: this.hidden(password.reveal()),
      roles: (users.get(turn.from)?.roles ?? []).filter((role) => !has.includes(role)),
      enterprise: await this.isEnterprise(),
    });
    for (const command of commands) {
      await this.run(command);
    }
  }

  async proveAccess(turn: Turn, password: SecretValue): Promise<void> {
    if (!(await this.accepts({ user: turn.to, password }))) {
      throw new RotationError(
        `neo4j refuses the password that was just given to ${turn.to}; it was not published`,
        'check the server, then run the same command again',
      );
    }
    const users = await this.users();
    const has = users.get(turn.to)?.roles ?? [];
    const missing = (users.get(turn.from)?.roles ?? []).filter((role) => !has.includes(role));
    if (missing.length > 0) {
      throw new RotationError(
        `neo4j: ${turn.to} lacks roles of ${turn.from}: ${missing.join(', ')}; nothing was published`,
        `GRANT ROLE ${missing.join(', ')} TO ${turn.to}`,
      );
    }
  }

  async accepts({ user, password }: Credential): Promise<boolean> {
    const driver = await driverOf(this.place, user, this.hidden(password.reveal()));
    try {
      // The user's own database, as the application does; a login alone would not use the connection.
      await driver.executeQuery('RETURN 1');
      return true;
    } catch (error) {
      if (partsOf(error).code === refusal) {
        return false;
      }
      throw this.place.errors.failed(`find out whether ${user} may log in`, error);
    } finally {
      await driver.close();
    }
  }

  async sessions(user: string): Promise<OpenSessions> {
    const own = await this.connections(user);
    const clients = own.map(
      ({ userAgent, clientAddress }) => `${userAgent} from ${clientAddress.replace(/:\d+$/, '')}`,
    );
    return { count: own.length, clients: [...new Set(clients)] };
  }

  async endSessions(user: string): Promise<void> {
    const ids = (await this.connections(user)).map(({ connectionId }) => connectionId);
    if (ids.length > 0) {
      await this.run(killCommand(ids));
    }
  }

  async lock(user: string): Promise<void> {
    const password = this.hidden(randomBytes(32).toString('hex'));
    await this.run(lockCommand(user, password, await this.isEnterprise()));
  }

  async close(): Promise<void> {
    await this.driver.close();
  }

  private hidden(password: string): string {
    this.place.errors.hide(password);
    return password;
  }

  private async users(): Promise<ReadonlyMap<string, Neo4jUser>> {
    const users = (await this.run(usersCommand)) as unknown as Neo4jUser[];
    return new Map(users.map((user) => [user.user, user]));
  }

  private async connections(user: string): Promise<Connection[]> {
    const all = (await this.run(connectionsCommand)) as unknown as Connection[];
    return all.filter(({ username }) => username === user);
  }

  private async isEnterprise(): Promise<boolean> {
    return (await this.run(componentsCommand)).some(({ edition }) => edition === 'enterprise');
  }

  private async run({ text, parameters = {} }: Command): Promise<Record<string, unknown>[]> {
    const what = text.split(/[$(]/)[0]?.trim() ?? '';
    const { records } = await this.place.errors.during(
      `do ${what}`,
      async () => await this.driver.executeQuery(text, parameters, systemDatabase),
    );
    return records.map((record) => record.toObject());
  }
}

function placeOf(url: string): { readonly place: Place; readonly password: string } {
  const { protocol, host, search, username, password } = new URL(url);
  const fix = 'check the server and the URL of the administrator, then run the same command again';
  const errors = new DriverErrors(`neo4j at ${host}`, fix);
  errors.hide(url, decodeURIComponent(password));
  const uri = `${protocol}//${host}${search}`;
  return { place: { uri, admin: decodeURIComponent(username), errors }, password: decodeURIComponent(password) };
}

/** Loaded only where it is used. */
async function driverOf({ uri }: Place, user: string, password: string): Promise<Driver> {
  const neo4j = (await import('neo4j-driver')).default;
  return neo4j.driver(uri, neo4j.auth.basic(user, password), settings);
}
