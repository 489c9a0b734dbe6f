import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client';
import { type Problem, quoted } from '../../catalog';
import type { Credential } from './database';
import { type ClickhouseUser, serverQuery, usersQuery } from './clickhouse-statements';
import { DriverErrors, partsOf } from './driver-errors';

/** UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED: the server's ErrorCodes.cpp. */
const refusals = new Set(['192', '193', '194', '516']);

/** How the rotation's own queries are told from those of programs. */
export const application = 'nivesh-secrets-rotate';

/** What is used of the driver, so that tests can stand in for a server. */
export type ClickhouseClient = Pick<ClickHouseClient, 'query' | 'command' | 'close'>;
export type MakeClickhouseClient = (options: ClickHouseClientConfigOptions) => ClickhouseClient;

/** One server over HTTP, as its administrator. */
export class ClickhouseServer {
  private constructor(
    private readonly client: ClickhouseClient,
    private readonly clientAs: (credential: Credential) => ClickhouseClient,
    readonly errors: DriverErrors,
  ) {}

  static async connect(url: string, makeClient?: MakeClickhouseClient): Promise<ClickhouseServer> {
    // Loaded only where it is used.
    const make = makeClient ?? (await import('@clickhouse/client')).createClient;
    const unread = new DriverErrors('clickhouse', 'check the URL of the administrator');
    unread.hide(url);
    return await unread.during('read the URL of the administrator', () => {
      const parsed = new URL(url);
      const [username, password] = [decodeURIComponent(parsed.username), decodeURIComponent(parsed.password)];
      parsed.username = '';
      parsed.password = '';
      const fix = 'check the server and the URL of the administrator, then run the same command again';
      const errors = new DriverErrors(`clickhouse at ${parsed.host}`, fix);
      errors.hide(url, password);
      const options = { url: parsed.href, application, request_timeout: 30_000 };
      const clientAs = ({ user, password: secret }: Credential): ClickhouseClient =>
        make({ ...options, username: user, password: secret.reveal() });
      return Promise.resolve(new ClickhouseServer(make({ ...options, username, password }), clientAs, errors));
    });
  }

  async rows<T>(query: string, parameters: Record<string, unknown> = {}): Promise<T[]> {
    const from = /\b(?:system\.\w+|GRANTS)\b/.exec(query)?.[0] ?? 'the server';
    return await this.errors.during(`look at ${from}`, async () => {
      const answer = await this.client.query({ query, query_params: parameters, format: 'JSONEachRow' });
      return await answer.json<T>();
    });
  }

  async run(statement: string): Promise<void> {
    const what = statement.split(/[`']/)[0]?.trim() ?? '';
    await this.errors.during(`do ${what}`, async () => await this.client.command({ query: statement }));
  }

  async facts(): Promise<{ readonly version: string; readonly admin: string }> {
    const [facts] = await this.rows<{ version: string; admin: string }>(serverQuery);
    return facts ?? { version: '', admin: '' };
  }

  async users(names: readonly string[]): Promise<ReadonlyMap<string, ClickhouseUser>> {
    const users = await this.rows<ClickhouseUser>(usersQuery, { users: names });
    return new Map(users.map((user) => [user.name, user]));
  }

  async accepts(credential: Credential): Promise<boolean> {
    this.errors.hide(credential.password.reveal());
    const client = this.clientAs(credential);
    try {
      await client.command({ query: 'SELECT 1' });
      return true;
    } catch (error) {
      if (refusals.has(partsOf(error).code)) {
        return false;
      }
      throw this.errors.failed(`find out whether ${credential.user} may log in`, error);
    } finally {
      await client.close();
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Whether a release is at least another one: `24.9`. */
export function isAtLeast(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > least[0] || (major === least[0] && minor >= least[1]);
}

/** What holds for every user whose password is changed by statements. */
export function userProblems(name: string, user: ClickhouseUser | undefined, admin: string): Problem[] {
  const problems: Problem[] = [];
  const add = (what: string, got: string, allowed: string, fix: string): void => {
    problems.push({ path: `clickhouse ${name}`, what, got, allowed, fix });
  };
  if (name === admin) {
    add(
      'the administrator is a user that is rotated, and would lock itself out',
      quoted(name),
      'another user',
      'connect as another user with the right ACCESS MANAGEMENT',
    );
  } else if (name === 'default') {
    add(
      'the user is the built-in administrator; such a user is never changed here',
      quoted(name),
      'users for the application',
      'make a user for the application, and write it to Vault',
    );
  }
  if (user && /xml|ldap|memory/i.test(user.storage)) {
    add(
      'the user is not kept by statements, so statements cannot change it for good',
      `storage ${user.storage}`,
      'users made with CREATE USER, in local_directory or replicated',
      `remove it from users.xml, and make it with CREATE USER ${name}`,
    );
  }
  return problems;
}

export function noSuchUser(name: string): Problem {
  return {
    path: `clickhouse ${name}`,
    what: 'the user in use does not exist on this server',
    got: 'no such user',
    allowed: 'the server that the workloads log in to',
    fix: 'correct the URL of the administrator',
  };
}
