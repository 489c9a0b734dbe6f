import { createHash } from 'node:crypto';
import type { ClickhouseClient, MakeClickhouseClient } from '../../../lib/rotation/databases/clickhouse-server';
import {
  processesQuery,
  queryLogQuery,
  recentQuery,
  rulesQuery,
  serverQuery,
  settingsQuery,
  usersQuery,
} from '../../../lib/rotation/databases/clickhouse-statements';

interface User {
  hashes: string[];
  hosts: string;
  readonly grants: string[];
  /** Of the last query, so that a program counts as one that is in use. */
  agent?: string | undefined;
}

type Parameters = Readonly<Record<string, unknown>>;

/** As the driver reports what the server says. */
class ClickHouseError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

const name = '`?([A-Za-z0-9_-]+)`?';
const hash = "IDENTIFIED WITH sha256_hash BY '([0-9a-f]{64})'";

/**
 * What the rotation and its tests ask of ClickHouse, and nothing else: every other statement throws. Only a real server
 * shows that these statements do what they should (NIVESH_TEST_CLICKHOUSE_URL).
 */
export class FakeClickhouseServer {
  readonly statements: string[] = [];
  readonly #users = new Map<string, User>();

  constructor(
    private readonly version: string,
    admin: { readonly user: string; readonly password: string },
  ) {
    this.#users.set(admin.user, { hashes: [sha256(admin.password)], hosts: "IP '::/0'", grants: [] });
  }

  readonly makeClient: MakeClickhouseClient = ({ username: user = '', password = '', application = '' }) => {
    const logIn = (): User => {
      const found = this.#users.get(user);
      if (!found?.hashes.includes(sha256(password)) || found.hosts === 'NONE') {
        throw new ClickHouseError(`${user}: Authentication failed`, '516');
      }
      found.agent = application;
      return found;
    };
    const client = {
      query: async ({ query, query_params = {} }: { query: string; query_params?: Parameters }) => {
        await Promise.resolve();
        logIn();
        const rows = this.#rows(query, query_params, user);
        return { json: () => Promise.resolve(rows) };
      },
      command: async ({ query }: { query: string }) => {
        await Promise.resolve();
        logIn();
        if (query !== 'SELECT 1') {
          this.#run(query);
        }
      },
      close: async () => {
        await Promise.resolve();
        const found = this.#users.get(user);
        if (found?.agent === application) {
          found.agent = undefined;
        }
      },
    };
    return client as unknown as ClickhouseClient;
  };

  #rows(query: string, parameters: Parameters, admin: string): object[] {
    const { users, user = '' } = parameters as { users?: string[]; user?: string };
    const agent = this.#users.get(user)?.agent;
    const known: Readonly<Record<string, () => object[]>> = {
      [serverQuery]: () => [{ version: this.version, admin }],
      [usersQuery]: () => (users ?? []).flatMap((each) => this.#describe(each)),
      [settingsQuery]: () => [],
      [rulesQuery]: () => [],
      [queryLogQuery]: () => [{ count: '1' }],
      [processesQuery]: () => [],
      [recentQuery]: () =>
        agent === undefined || agent.startsWith(String(parameters.own)) ? [] : [{ program: agent, address: '::1' }],
    };
    const [, of] = new RegExp(`^SHOW GRANTS FOR ${name}$`).exec(query) ?? [];
    if (of !== undefined) {
      return this.#known(of).grants.map((grant) => ({ GRANTS: `${grant} TO ${of}` }));
    }
    const answer = known[query];
    if (!answer) {
      throw new Error(`unexpected query: ${query}`);
    }
    return answer();
  }

  #run(statement: string): void {
    this.statements.push(statement);
    const matches = (pattern: string): readonly string[] | undefined =>
      new RegExp(`^${pattern}$`).exec(statement)?.slice(1) ?? undefined;
    const created = matches(`CREATE USER (?:IF NOT EXISTS )?${name} ${hash}(?: HOST (NONE))?`);
    const replaced = matches(`ALTER USER ${name} ${hash}(?: HOST (IP '::/0') DEFAULT ROLE ALL)?`);
    const added = matches(`ALTER USER ${name} ADD ${hash}`);
    const granted = matches(`(GRANT .+) TO ${name}`);
    if (created) {
      const [user = '', digest = '', hosts = "IP '::/0'"] = created;
      if (!this.#users.has(user)) {
        this.#users.set(user, { hashes: [digest], hosts, grants: [] });
      }
    } else if (replaced) {
      const [user = '', digest = '', hosts] = replaced;
      Object.assign(this.#known(user), { hashes: [digest], ...(hosts === undefined ? {} : { hosts }) });
    } else if (added) {
      this.#known(added[0] ?? '').hashes.push(added[1] ?? '');
    } else if (granted) {
      const { grants } = this.#known(granted[1] ?? '');
      grants.splice(0, grants.length, ...new Set([...grants, granted[0] ?? '']));
    } else if (!/^KILL QUERY WHERE user = '[\w-]+' ASYNC$/.test(statement)) {
      throw new Error(`unexpected statement: ${statement}`);
    }
  }

  #describe(user: string): object[] {
    const found = this.#users.get(user);
    return found
      ? [
          {
            name: user,
            storage: 'local_directory',
            auth_type: found.hashes.map(() => 'sha256_password'),
            host_ip: found.hosts === 'NONE' ? [] : ['::/0'],
            host_names: [],
            host_names_regexp: [],
            host_names_like: [],
            default_roles_all: 1,
            default_roles_list: [],
            default_roles_except: [],
            default_database: '',
          },
        ]
      : [];
  }

  #known(user: string): User {
    const found = this.#users.get(user);
    if (!found) {
      throw new ClickHouseError(`There is no user ${user}`, '192');
    }
    return found;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
