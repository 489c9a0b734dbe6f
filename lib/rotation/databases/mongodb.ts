import { randomBytes } from 'node:crypto';
import type { Document, MongoClient, MongoClientOptions } from 'mongodb';
import { type Problem, quoted } from '../../catalog';
import type { SecretValue } from '../../values/secret-value';
import { RotationError } from '../errors';
import { busyUserProblem } from './busy-user';
import type { AlternatingUsersDatabase, CheckOptions, Credential, OpenSessions, Turn } from './database';
import { DriverErrors } from './driver-errors';
import {
  endSessionsCommand,
  killCommand,
  lackingPrivileges,
  lockCommand,
  missingActions,
  type MongodbPrivilege,
  type MongodbUser,
  provisionCommand,
  sessionsPipeline,
  superuserRole,
  userDatabase,
  usersInfoCommand,
} from './mongodb-commands';

/** https://www.mongodb.com/docs/manual/reference/error-codes/ */
const authenticationFailed = 18;
const settings: MongoClientOptions = {
  appName: 'nivesh-secrets rotate',
  serverSelectionTimeoutMS: 10_000,
  maxPoolSize: 1,
};

/** What is used of the driver, so that tests can stand in for a server. */
export type MongodbClient = Pick<MongoClient, 'db' | 'connect' | 'close' | 'options'>;
export type MakeMongodbClient = (url: string, options: MongoClientOptions) => MongodbClient;

/** Two users of MongoDB, kept in the database `admin`. */
export class MongodbDatabase implements AlternatingUsersDatabase {
  private constructor(
    private readonly client: MongodbClient,
    private readonly clientAs: (credential: Credential) => MongodbClient,
    private readonly errors: DriverErrors,
  ) {}

  /** @throws RotationError where the server cannot be reached or refuses the administrator */
  static async connect(url: string, makeClient?: MakeMongodbClient): Promise<MongodbDatabase> {
    // Loaded only where it is used: the driver is large.
    const make = makeClient ?? (await clientMaker());
    const unread = new DriverErrors('mongodb', 'check the URL of the administrator');
    unread.hide(url);
    const client = await unread.during('read the URL of the administrator', () => Promise.resolve(make(url, settings)));
    const hosts = client.options.hosts.map(({ host, port }) => `${host ?? ''}:${port ?? ''}`).join(',');
    const fix = 'check the server and the URL of the administrator, then run the same command again';
    const errors = new DriverErrors(hosts === '' ? 'mongodb' : `mongodb at ${hosts}`, fix);
    errors.hide(url, client.options.credentials?.password ?? '');
    await errors.during('connect as the administrator', async () => await client.connect());
    const clientAs = ({ user, password }: Credential): MongodbClient =>
      make(url, { ...settings, auth: { username: user, password: password.reveal() }, authSource: userDatabase });
    return new MongodbDatabase(client, clientAs, errors);
  }

  async check(turn: Turn, options: CheckOptions): Promise<Problem[]> {
    const { authInfo } = (await this.run({ connectionStatus: 1, showPrivileges: true })) as unknown as {
      authInfo: { authenticatedUsers: { user: string }[]; authenticatedUserPrivileges: MongodbPrivilege[] };
    };
    const admins = authInfo.authenticatedUsers.map(({ user }) => user);
    const users = await this.users(turn);
    const problems: Problem[] = [];
    const add = (path: string, what: string, got: string, allowed: string, fix: string): void => {
      problems.push({ path: `mongodb ${path}`, what, got, allowed, fix });
    };
    if (!users.has(turn.from)) {
      add(
        turn.from,
        `the user in use is not among the users of ${userDatabase}`,
        'no such user',
        `users of ${userDatabase}, and authSource=${userDatabase} in the URLs of the workloads`,
        `make it there, with the roles that it has elsewhere`,
      );
    }
    for (const user of [turn.from, turn.to]) {
      const found = users.get(user);
      const role = found && superuserRole(found);
      if (admins.includes(user)) {
        add(
          user,
          'the administrator is one of the two users, and would lock itself out',
          quoted(user),
          'a third user',
          'connect as another user',
        );
      } else if (role !== undefined) {
        add(
          user,
          'the user may give itself every right; such a user is never changed here',
          `role ${role}`,
          'users that have only the rights that the application needs',
          'make a user for the application, such as with readWrite on its database, and write it to Vault',
        );
      }
    }
    const missing = missingActions(authInfo.authenticatedUserPrivileges);
    if (missing.length > 0) {
      add(
        admins.join(', '),
        'the administrator lacks rights that the rotation needs',
        `without ${missing.join(', ')}`,
        `userAdmin on ${userDatabase} and clusterAdmin, or a role with these actions`,
        'grant it the role of docs/databases.md',
      );
    }
    if (!options.published && !options.endsSessions && missing.length === 0) {
      const { count, clients } = await this.sessions(turn.to);
      if (count > 0) {
        problems.push(busyUserProblem(`mongodb ${turn.to}`, `${count} open: ${clients.join(', ')}`));
      }
    }
    return problems;
  }

  async provision(turn: Turn, password: SecretValue): Promise<void> {
    const users = await this.users(turn);
    const from = users.get(turn.from);
    if (!from) {
      throw new RotationError(`mongodb: there is no user ${turn.from}`, 'check the URL of the administrator');
    }
    await this.run(provisionCommand(turn.to, from, this.hidden(password.reveal()), !users.has(turn.to)));
  }

  async proveAccess(turn: Turn, password: SecretValue): Promise<void> {
    if (!(await this.accepts({ user: turn.to, password }))) {
      throw new RotationError(
        `mongodb refuses the password that was just given to ${turn.to}; it was not published`,
        'check the server, then run the same command again',
      );
    }
    const users = await this.users(turn);
    const from = users.get(turn.from);
    const lacking = from ? lackingPrivileges(from, users.get(turn.to)) : [];
    if (lacking.length > 0) {
      throw new RotationError(
        `mongodb: ${turn.to} may not do what ${turn.from} may: ${lacking.slice(0, 5).join(', ')}; nothing was published`,
        'give both users the same roles',
      );
    }
  }

  async accepts(credential: Credential): Promise<boolean> {
    this.errors.hide(credential.password.reveal());
    const client = this.clientAs(credential);
    try {
      await client.connect();
      await client.db(userDatabase).command({ connectionStatus: 1 });
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === authenticationFailed) {
        return false;
      }
      throw this.errors.failed(`find out whether ${credential.user} may log in`, error);
    } finally {
      await client.close();
    }
  }

  async sessions(user: string): Promise<OpenSessions> {
    const found = (await this.users({ from: user, to: user })).get(user);
    if (!found || found.roles.length === 0) {
      // Idle connections cannot be closed from outside. Without a role they are of no use.
      return { count: 0, clients: [] };
    }
    const operations = await this.operations(user);
    const clients = operations.map(
      ({ appName, client }) =>
        `${String(appName ?? 'a program without a name')} from ${String(client ?? 'here').replace(/:\d+$/, '')}`,
    );
    return { count: operations.length, clients: [...new Set(clients)] };
  }

  async endSessions(user: string): Promise<void> {
    await this.run(endSessionsCommand(user));
    for (const { opid } of (await this.operations(user)).filter(({ active }) => active === true)) {
      await this.run(killCommand(opid));
    }
  }

  async lock(user: string): Promise<void> {
    await this.run(lockCommand(user, this.hidden(randomBytes(32).toString('hex'))));
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private hidden(password: string): string {
    this.errors.hide(password);
    return password;
  }

  private async users({ from, to }: Turn): Promise<ReadonlyMap<string, MongodbUser>> {
    const { users } = (await this.run(usersInfoCommand([...new Set([from, to])]))) as unknown as {
      users: MongodbUser[];
    };
    return new Map(users.map((user) => [user.user, user]));
  }

  private async operations(user: string): Promise<Document[]> {
    return await this.errors.during(
      'do $currentOp',
      async () => await this.client.db(userDatabase).aggregate(sessionsPipeline(user)).toArray(),
    );
  }

  private async run(command: Document): Promise<Document> {
    const what = Object.keys(command)[0] ?? '';
    return await this.errors.during(`do ${what}`, async () => await this.client.db(userDatabase).command(command));
  }
}

async function clientMaker(): Promise<MakeMongodbClient> {
  const { MongoClient } = await import('mongodb');
  return (url, options) => new MongoClient(url, options);
}
