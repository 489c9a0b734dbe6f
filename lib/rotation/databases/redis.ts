import type { RedisClientType } from '@redis/client';
import type { Problem } from '../../catalog';
import type { SecretValue } from '../../values/secret-value';
import { RotationError } from '../errors';
import type { Credential, DualPasswordDatabase } from './database';
import { DriverErrors, partsOf } from './driver-errors';
import {
  addPasswordCommand,
  endSessionsCommand,
  keepOnlyCommand,
  parseInfo,
  passwordHash,
  persistCommand,
  type UserStore,
} from './redis-commands';
import { type RedisFacts, redisProblems } from './redis-problems';

const clientName = 'nivesh-secrets-rotate';

/** One user of Redis on all servers of an installation, which do not replicate their users. */
export class RedisDatabase implements DualPasswordDatabase {
  readonly #servers: readonly RedisNode[];

  private constructor(servers: readonly RedisNode[]) {
    this.#servers = servers;
  }

  /**
   * @param urls one URL, or those of primary and replicas, or of all nodes of a cluster, separated by blanks
   * @throws RotationError where one of them cannot be reached or refuses the administrator
   */
  static async connect(urls: string): Promise<RedisDatabase> {
    const servers: RedisNode[] = [];
    try {
      for (const url of urls.split(/\s+/)) {
        servers.push(await RedisNode.connect(url));
      }
      return new RedisDatabase(servers);
    } catch (error) {
      servers.forEach((server) => {
        server.close();
      });
      throw error;
    }
  }

  async check(user: string): Promise<Problem[]> {
    const facts: RedisFacts[] = [];
    for (const server of this.#servers) {
      facts.push(await server.facts(user));
    }
    return redisProblems(user, facts);
  }

  async addPassword(user: string, password: SecretValue): Promise<void> {
    await this.#onEach((server) => server.change(addPasswordCommand(user, passwordHash(password))));
  }

  async keepOnly(user: string, password: SecretValue): Promise<void> {
    await this.#onEach((server) => server.change(keepOnlyCommand(user, passwordHash(password))));
  }

  /** @throws RotationError also where one server takes it and another one does not */
  async accepts(credential: Credential): Promise<boolean> {
    const answers = new Map<string, boolean>();
    for (const server of this.#servers) {
      answers.set(server.address, await server.accepts(credential));
    }
    const refusing = [...answers].filter(([, accepted]) => !accepted).map(([address]) => address);
    if (refusing.length > 0 && refusing.length < answers.size) {
      throw new RotationError(
        `redis at ${refusing.join(', ')} refuses a password of ${credential.user} that the other servers accept`,
        'give the user the same passwords on all servers',
      );
    }
    return refusing.length === 0;
  }

  async endSessions(user: string): Promise<void> {
    await this.#onEach((server) => server.send(endSessionsCommand(user)));
  }

  async close(): Promise<void> {
    await this.#onEach((server) => {
      server.close();
      return Promise.resolve();
    });
  }

  async #onEach(work: (server: RedisNode) => Promise<unknown>): Promise<void> {
    for (const server of this.#servers) {
      await work(server);
    }
  }
}

interface Connection {
  readonly client: RedisClientType;
  readonly address: string;
}

/** One server. */
class RedisNode {
  private constructor(
    readonly address: string,
    private readonly url: string,
    private readonly client: RedisClientType,
    private readonly errors: DriverErrors,
  ) {}

  static async connect(url: string): Promise<RedisNode> {
    const unread = new DriverErrors('redis', 'check the URL of the administrator');
    unread.hide(url);
    const { client, address } = await unread.during(
      'read the URL of the administrator',
      async () => await clientOf(url),
    );
    const fix = 'check the server and the URL of the administrator, then run the same command again';
    const errors = new DriverErrors(`redis at ${address}`, fix);
    errors.hide(url, client.options.password ?? '');
    await errors.during('connect as the administrator', async () => await client.connect());
    return new RedisNode(address, url, client, errors);
  }

  async facts(user: string): Promise<RedisFacts> {
    const info = parseInfo(String(await this.send(['INFO'])));
    const version = info.get('redis_version') ?? '';
    const store = await this.store(info);
    const admin = String(await this.send(['ACL', 'WHOAMI']));
    const found = await this.errors.during('look at the user', async () => await this.client.aclGetUser(user));
    const { masterauth = '', masteruser = '' } = await this.config('master*');
    const cluster =
      info.get('cluster_enabled') === '1' ? parseInfo(String(await this.send(['CLUSTER', 'INFO']))) : undefined;
    return {
      ...{ address: this.address, version, admin, store },
      flags: (found as { flags: readonly string[] } | null)?.flags,
      role: info.get('role') ?? '',
      replicas: Number(info.get('connected_slaves') ?? 0),
      // Without a name it is the user "default".
      replicatesAs: masterauth === '' ? undefined : masteruser === '' ? 'default' : masteruser,
      nodes: Number(cluster?.get('cluster_known_nodes') ?? 1),
      forbidden: await this.forbidden(admin, user, store, version),
    };
  }

  /** Changes a user and writes all users down: also when a run before this one died between the two. */
  async change(command: readonly string[]): Promise<void> {
    const store = await this.store(parseInfo(String(await this.send(['INFO', 'server']))));
    await this.send(command);
    await this.send(persistCommand(store));
  }

  async accepts({ user, password }: Credential): Promise<boolean> {
    this.errors.hide(password.reveal());
    const { client } = await clientOf(this.url, { username: user, password: password.reveal() });
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (partsOf(error).message.startsWith('WRONGPASS')) {
        return false;
      }
      throw this.errors.failed(`find out whether ${user} may log in`, error);
    } finally {
      close(client);
    }
  }

  async send(command: readonly string[]): Promise<unknown> {
    return await this.errors.during(
      `do ${command.slice(0, 2).join(' ')}`,
      async () => await this.client.sendCommand(command),
    );
  }

  close(): void {
    close(this.client);
  }

  private async store(info: ReadonlyMap<string, string>): Promise<UserStore> {
    const { aclfile = '' } = await this.config('aclfile');
    if (aclfile !== '') {
      return 'aclfile';
    }
    return info.get('config_file') ? 'config' : 'memory';
  }

  private async config(pattern: string): Promise<Record<string, string>> {
    return await this.errors.during('do CONFIG GET', async () => await this.client.configGet(pattern));
  }

  /** From Redis 7 on, the server says what a user may do without doing it. */
  private async forbidden(admin: string, user: string, store: UserStore, version: string): Promise<string[]> {
    if (Number(version.split('.')[0]) < 7) {
      return [];
    }
    const needed = [['ACL', 'SETUSER', user], persistCommand(store), endSessionsCommand(user)];
    const forbidden: string[] = [];
    for (const command of needed) {
      const answer = await this.send(['ACL', 'DRYRUN', admin, ...command]);
      if (answer !== 'OK') {
        forbidden.push(command.slice(0, 2).join('|').toLowerCase());
      }
    }
    return forbidden;
  }
}

/** Loaded only where it is used. */
async function clientOf(
  url: string,
  credential: { readonly username?: string; readonly password?: string } = {},
): Promise<Connection> {
  const { createClient } = await import('@redis/client');
  const parsed = new URL(url);
  const { username, password } = credential;
  if (username !== undefined && password !== undefined) {
    // The client takes what is in the URL before everything else.
    parsed.username = encodeURIComponent(username);
    parsed.password = encodeURIComponent(password);
  }
  const client = createClient({
    url: parsed.href,
    name: clientName,
    socket: { connectTimeout: 10_000, reconnectStrategy: false },
  }) as unknown as RedisClientType;
  // A connection that breaks also fails the command that runs, which is where it is reported.
  client.on('error', () => undefined);
  return { client, address: parsed.host };
}

function close(client: RedisClientType): void {
  if (client.isOpen) {
    client.destroy();
  }
}
