import type { Document, MongoClientOptions } from 'mongodb';
import type { MakeMongodbClient, MongodbClient } from '../../../lib/rotation/databases/mongodb';

interface User {
  password: string;
  roles: readonly { readonly role: string; readonly db: string }[];
}

class Refusal extends Error {
  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

/**
 * What the rotation and its tests ask of MongoDB, and nothing else: every other command throws. Only a real server shows
 * that these commands do what they should (NIVESH_TEST_MONGODB_URL).
 */
export class FakeMongodbServer {
  readonly commands: Document[] = [];
  readonly #users = new Map<string, User>();
  readonly #connected = new Set<{ readonly user: string; readonly appName: string }>();

  constructor(admin: { readonly user: string; readonly password: string }) {
    this.#users.set(admin.user, { password: admin.password, roles: [{ role: 'root', db: 'admin' }] });
  }

  readonly makeClient: MakeMongodbClient = (url: string, options: MongoClientOptions): MongodbClient => {
    const parsed = new URL(url);
    const { username: user = decodeURIComponent(parsed.username), password = decodeURIComponent(parsed.password) } =
      options.auth ?? {};
    const connection = { user, appName: options.appName ?? '' };
    const client = {
      options: { hosts: [{ host: parsed.hostname, port: 27017 }], credentials: { password } },
      connect: () => {
        if (this.#users.get(user)?.password !== password) {
          return Promise.reject(new Refusal('Authentication failed.', 18));
        }
        this.#connected.add(connection);
        return Promise.resolve(client);
      },
      close: () => {
        this.#connected.delete(connection);
        return Promise.resolve();
      },
      db: (name: string) => ({
        command: async (command: Document) => {
          await Promise.resolve();
          return this.#run(name, connection.user, command);
        },
        aggregate: (pipeline: Document[]) => ({ toArray: () => Promise.resolve(this.#aggregate(pipeline)) }),
      }),
    };
    return client as unknown as MongodbClient;
  };

  #run(database: string, as: string, command: Document): Document {
    this.commands.push(command);
    const [name = ''] = Object.keys(command);
    const { pwd, roles } = command as User & { pwd: string };
    switch (`${database === 'admin' ? '' : 'other '}${name}`) {
      case 'connectionStatus':
        return {
          authInfo: {
            authenticatedUsers: [{ user: as, db: 'admin' }],
            authenticatedUserPrivileges: [{ resource: { anyResource: true }, actions: ['anyAction'] }],
          },
        };
      case 'usersInfo':
        return { users: (command.usersInfo as { user: string }[]).flatMap(({ user }) => this.#info(user)) };
      case 'createUser':
        if (this.#users.has(String(command[name]))) {
          throw new Refusal('User already exists', 51003);
        }
        this.#users.set(String(command[name]), { password: pwd, roles });
        return { ok: 1 };
      case 'updateUser':
        Object.assign(this.#known(String(command[name])), { password: pwd, roles });
        return { ok: 1 };
      case 'killAllSessions':
        return { ok: 1 };
      case 'other count':
        if (this.#known(as).roles.length === 0) {
          throw new Refusal('not authorized', 13);
        }
        return { n: 0 };
      default:
        throw new Error(`unexpected command on ${database}: ${name}`);
    }
  }

  #aggregate(pipeline: Document[]): Document[] {
    const [current, match] = pipeline as [Document, { $match: { effectiveUsers: { $elemMatch: { user: string } } } }];
    expect(current).toEqual({ $currentOp: { allUsers: true, idleConnections: true } });
    return [...this.#connected]
      .filter(({ user }) => user === match.$match.effectiveUsers.$elemMatch.user)
      .map(({ appName }) => ({ appName, client: '127.0.0.1:5000', active: false }));
  }

  #info(user: string): Document[] {
    const found = this.#users.get(user);
    return found
      ? [
          {
            user,
            roles: found.roles,
            inheritedPrivileges: found.roles.map(({ role, db }) => ({
              resource: { db, collection: '' },
              actions: [role],
            })),
          },
        ]
      : [];
  }

  #known(user: string): User {
    const found = this.#users.get(user);
    if (!found) {
      throw new Refusal(`Could not find user ${user}`, 11);
    }
    return found;
  }
}
