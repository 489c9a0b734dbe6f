import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import {
  alternatingUsers,
  type AlternatingUsersRotation,
  formatProblem,
  password,
  username,
  vaultSecret,
} from '../../lib/catalog';
import { alternatingUsersStrategyWith } from '../../lib/rotation/alternating-users';
import { openAlternatingUsersDatabase } from '../../lib/rotation/databases/open';
import type { RotationMode } from '../../lib/rotation/strategy';
import { countKills, KillPoint, RotationRun } from '../rotation/support/rotation-run';
import { codeBlocks } from '../support/documentation';
import type { Login } from '../support/login';
import { MemoryKv } from '../support/memory-kv';
import { PostgresqlServer } from '../support/postgresql';
import { database as shopDatabase, RotationBench } from '../support/rotation';
import { Application } from './support/application';
import { startPostgresqlPod } from './support/postgresql-pod';

const path = 'shop/postgres';
let server: PostgresqlServer;
let root: Client;
let shops = 0;

beforeAll(async () => {
  server = await PostgresqlServer.start({ settings: { fsync: 'off', log_statement: 'all', log_connections: 'on' } });
  root = await server.connect();
}, 60_000);

afterAll(async () => {
  await root.end();
  await server.stop();
});

/** A database with a table that a plain user owns, and the administrator who rotates: CREATEROLE, no superuser. */
class Shop {
  readonly number = shops++;
  readonly users: readonly [string, string] = [`shop${this.number}_a`, `shop${this.number}_b`];
  readonly database = `shop${this.number}`;
  readonly first: Login = { name: this.users[0], password: randomBytes(20).toString('hex') };
  readonly admin: Login = { name: `rotator${this.number}`, password: randomBytes(20).toString('hex') };
  readonly application = new Application(async (login) => await startPostgresqlPod(server, this.database, login));
  readonly kill = new KillPoint();
  readonly kv = new MemoryKv(
    { [path]: { username: this.first.name, password: this.first.password, other: 'x' } },
    this.kill,
  );

  static async open(): Promise<Shop> {
    const shop = new Shop();
    const [a] = shop.users;
    await root.query(`CREATE ROLE ${a} LOGIN PASSWORD '${shop.first.password}'`);
    const [rights = ''] = codeBlocks('databases.md', 'sql');
    await root.query(
      rights
        .replaceAll('rotator', shop.admin.name)
        .replaceAll('nivesh_app_a', a)
        .replaceAll("'...'", `'${shop.admin.password}'`),
    );
    await root.query(`CREATE DATABASE ${shop.database}`);
    await root.query(`REVOKE ALL ON DATABASE ${shop.database} FROM PUBLIC`);
    await root.query(`GRANT CONNECT ON DATABASE ${shop.database} TO ${a}, ${shop.admin.name}`);
    await shop.sql(`CREATE SCHEMA app AUTHORIZATION ${a}`);
    await root.query(`ALTER ROLE ${a} SET search_path = app, "$user"`);
    await shop.as(shop.first, async (client) => {
      await client.query('CREATE TABLE orders (id bigserial PRIMARY KEY, item text)');
      await client.query('ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY');
      await client.query(`CREATE POLICY own ON orders USING (current_user = '${a}')`);
    });
    return shop;
  }

  async sql(text: string): Promise<void> {
    const client = await server.connect(this.database);
    await client.query(text);
    await client.end();
  }

  async as<T>(login: Login, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: server.url(this.database, login) });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** What is in Vault. */
  get current(): Login {
    const { username: name = '', password: secret = '' } = this.kv.current(path);
    return { name, password: secret };
  }

  async accepts(login: Login): Promise<boolean> {
    return await this.as(login, () => Promise.resolve(true)).catch(() => false);
  }

  rotation(options: Partial<AlternatingUsersRotation> = {}, mode: RotationMode = 'overlap') {
    const secret = vaultSecret(path, {
      username: username(this.users[0]),
      password: password(40, {
        rotation: alternatingUsers({
          database: 'postgresql',
          users: this.users,
          usernameField: 'username',
          adminUrlFrom: 'SHOP_ADMIN_URL',
          ...options,
        }),
      }),
    });
    const environment = { SHOP_ADMIN_URL: server.url(this.database, this.admin) };
    return new RotationRun({
      strategy: alternatingUsersStrategyWith(
        async (rotation) => await openAlternatingUsersDatabase(rotation, environment),
      ),
      field: secret.password,
      kv: this.kv,
      mode,
      kill: this.kill,
      deliver: async ({ version }) => {
        const { username: name = '', password: value = '' } = this.kv.versions(path)[version - 1] ?? {};
        await this.application.roll({ name, password: value });
      },
    });
  }

  async problems(options: Partial<AlternatingUsersRotation> = {}): Promise<string[]> {
    return (await this.rotation(options).check()).map(formatProblem);
  }
}

/** Counts the statements of the rotation, and stops it after one of them. */
function killStatements(kill: KillPoint): void {
  interface Queries {
    readonly connectionParameters: { readonly application_name?: string };
    query: (...args: unknown[]) => Promise<unknown>;
  }
  const client = Client.prototype as unknown as Queries;
  const { query } = client;
  jest.spyOn(client, 'query').mockImplementation(async function (this: Queries, ...args: unknown[]) {
    if (this.connectionParameters.application_name !== 'nivesh-secrets rotate') {
      return await query.apply(this, args);
    }
    kill.before();
    const result = await query.apply(this, args);
    kill.after();
    return result;
  });
}

describe('alternatingUsers on PostgreSQL', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('rotates a plain user, and back, while the application works without a failure', async () => {
    const shop = await Shop.open();
    const [a, b] = shop.users;
    await shop.application.start(shop.first);
    shop.application.load();
    expect(await shop.problems()).toEqual([]);
    const first = shop.rotation();
    expect(await first.run()).toBeUndefined();
    const second = shop.current;
    expect(second.name).toBe(b);
    expect(await shop.accepts(shop.first)).toBe(false);

    expect(await shop.problems()).toEqual([]);
    expect(await shop.rotation().run()).toBeUndefined();
    const third = shop.current;
    expect(third.name).toBe(a);
    expect([await shop.accepts(second), await shop.accepts(third)]).toEqual([false, true]);
    await shop.application.stop();
    expect(shop.application.failures).toEqual([]);
    expect(shop.application.requests).toBeGreaterThan(10);
    // One write to Vault a rotation, and nothing else in it was touched.
    expect(shop.kv.versions(path)).toHaveLength(3);
    expect(shop.kv.current(path).other).toBe('x');
    expect(Object.fromEntries(first.facts)).toEqual({
      publish: { from: a, to: b, base: 1, version: 2 },
      deliver: { version: 2 },
      drain: { sessions: 0 },
      lock: { locks: a, locked: a, refused: true },
    });
  });

  it('gives the new user everything: settings, row security, ownership of what either of them makes', async () => {
    const shop = await Shop.open();
    const [a] = shop.users;
    await root.query(`ALTER ROLE ${a} IN DATABASE ${shop.database} SET statement_timeout = '7s'`);
    await root.query(`ALTER ROLE ${a} SET app.tenant = 'it''s'`);
    await root.query(`CREATE ROLE reporting${shop.number} NOLOGIN`);
    await root.query(`GRANT reporting${shop.number} TO ${a}`);
    await root.query(`GRANT reporting${shop.number} TO ${shop.admin.name} WITH ADMIN OPTION`);
    expect(await shop.problems()).toEqual([
      `postgresql ${shop.users[1]}: the administrator may not give the user a setting that ${a} has, got "app.tenant", allowed: settings that every user may change, or that the administrator was granted, fix: as a superuser: GRANT SET ON PARAMETER app.tenant TO "${shop.admin.name}"`,
    ]);
    await root.query(`GRANT SET ON PARAMETER app.tenant TO ${shop.admin.name}`);
    expect(await shop.problems()).toEqual([]);
    await shop.rotation().run();
    await shop.as(shop.current, async (client) => {
      const { rows } = await client.query(
        "SELECT current_user::text AS user, current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout, current_setting('app.tenant') AS tenant",
      );
      expect(rows).toEqual([{ user: a, path: 'app, "$user"', timeout: '7s', tenant: "it's" }]);
      await client.query("INSERT INTO orders (item) VALUES ('y')");
      await client.query('CREATE TABLE invoices (id bigint)');
      await client.query('ALTER TABLE orders ADD COLUMN price numeric');
      await client.query(`SET ROLE reporting${shop.number}`);
    });
    await shop.rotation().run();
    await shop.as(shop.current, async (client) => {
      await client.query('DROP TABLE invoices');
      expect((await client.query('SELECT item FROM orders')).rows).toEqual([{ item: 'y' }]);
    });
  });

  it('uses the group that both names begin with, where the active user has nothing beside it', async () => {
    const shop = await Shop.open();
    const [a] = shop.users;
    const group = `shop${shop.number}`;
    await root.query(`CREATE ROLE ${group} NOLOGIN`);
    await root.query(`GRANT ${group} TO ${a}`);
    await root.query(`GRANT ${group} TO ${shop.admin.name} WITH ADMIN OPTION`);
    // The user still owns its tables, so the group would not do.
    expect((await shop.problems({ group })).join('\n')).toContain(
      'the user in use has rights of its own, which the group lacks',
    );
    await shop.sql(`REASSIGN OWNED BY ${a} TO ${group}; GRANT CONNECT ON DATABASE ${shop.database} TO ${group}`);
    await shop.sql(`DROP OWNED BY ${a}`);
    await shop.sql(`DROP POLICY own ON app.orders; CREATE POLICY own ON app.orders USING (current_user = '${group}')`);
    expect(await shop.problems({ group })).toEqual([]);
    await shop.rotation().run();
    await shop.as(shop.current, async (client) => {
      expect((await client.query('SELECT current_user::text AS user')).rows).toEqual([{ user: group }]);
      await client.query("INSERT INTO orders (item) VALUES ('z')");
    });
  });

  it('waits for a session of the old user, and goes on when it has ended', async () => {
    const shop = await Shop.open();
    const forgotten = new Client({
      connectionString: server.url(shop.database, shop.first),
      application_name: 'batch',
    });
    await forgotten.connect();
    const run = shop.rotation();
    expect(await run.run()).toMatchObject({
      done: false,
      reason: `1 session is open as ${shop.users[0]}: batch from 127.0.0.1`,
    });
    expect(run.next).toBe('drain');
    expect(await shop.accepts(shop.first)).toBe(true);
    await forgotten.end();
    expect(await run.run()).toBeUndefined();
    expect(await shop.accepts(shop.first)).toBe(false);
  });

  it('revokes at once: the old user is locked and its sessions end before anything restarts', async () => {
    const shop = await Shop.open();
    const thief = new Client({ connectionString: server.url(shop.database, shop.first) });
    const ended = new Promise((resolve) => thief.on('error', resolve));
    await thief.connect();
    const run = shop.rotation({}, 'revoke-now');
    expect(run.phases.map(({ name }) => name)).toEqual(['publish', 'lock', 'drain', 'deliver']);
    expect(await run.run('deliver')).toBeUndefined();
    await ended;
    expect([await shop.accepts(shop.first), await shop.accepts(shop.current)]).toEqual([false, true]);
    expect(await run.run()).toBeUndefined();
  });

  it('revokes at once in the middle of a rotation, when programs use both users', async () => {
    const shop = await Shop.open();
    await shop.application.start(shop.first);
    await shop.rotation().run('deliver');
    const second = shop.current;
    const run = shop.rotation({}, 'revoke-now');
    expect((await run.check()).map(formatProblem)).toEqual([]);
    expect(await run.run('deliver')).toBeUndefined();
    await shop.application.work();
    expect(shop.application.failures).toHaveLength(2);
    expect([await shop.accepts(shop.first), await shop.accepts(second)]).toEqual([false, false]);
    expect(await run.run()).toBeUndefined();
    shop.application.failures.length = 0;
    await shop.application.work();
    expect(shop.application.failures).toEqual([]);
    expect(shop.current.name).toBe(shop.users[0]);
    await shop.application.stop();
  });

  it('ends well from a crash after every statement and write, never without a credential that works', async () => {
    const kills = await countKills(async (at) => {
      const shop = await Shop.open();
      killStatements(shop.kill);
      await shop.application.start(shop.first, 1);
      const run = shop.rotation();
      const killed = await run.isKilled(at);
      await shop.application.work();
      expect(await shop.accepts(shop.current)).toBe(true);
      expect((await run.check()).map(formatProblem)).toEqual([]);
      expect(await run.run()).toBeUndefined();
      expect([run.finished, shop.current.name]).toEqual([true, shop.users[1]]);
      expect(await shop.accepts(shop.current)).toBe(true);
      expect(await shop.accepts(shop.first)).toBe(false);
      await shop.application.work();
      await shop.application.stop();
      expect(shop.application.failures).toEqual([]);
      jest.restoreAllMocks();
      return killed;
    });
    expect(kills).toBeGreaterThan(25);
  });

  it('goes on after the server crashed in the middle', async () => {
    const shop = await Shop.open();
    const run = shop.rotation();
    await run.run('drain');
    root.on('error', () => undefined);
    await server.crashAndRestart();
    root = await server.connect();
    expect(await run.run()).toBeUndefined();
    expect([await shop.accepts(shop.first), await shop.accepts(shop.current)]).toEqual([false, true]);
  });

  it('rotates under the engine, with its journal, as the administrator of the default variable', async () => {
    const bench = await RotationBench.start();
    try {
      process.env.POSTGRESQL_ADMIN_URL = server.url();
      const [old] = await bench.values(shopDatabase.password);
      await root.query(`CREATE ROLE app_a LOGIN PASSWORD '${old}'`);
      expect(await bench.rotate(shopDatabase.password)).toMatchObject({
        done: true,
        strategy: 'alternatingUsers',
        ran: ['publish', 'deliver', 'drain', 'lock'],
      });
      const [fresh] = await bench.values(shopDatabase.password);
      const accepted = async (login: Login) => {
        const client = new Client({ connectionString: server.url('postgres', login) });
        return await client.connect().then(
          async () => await client.end().then(() => true),
          () => false,
        );
      };
      expect([
        await accepted({ name: 'app_a', password: old }),
        await accepted({ name: 'app_b', password: fresh }),
      ]).toEqual([false, true]);
      const written = JSON.stringify([bench.fake.current('rotation/app/database/password'), bench.lines]);
      expect(written).toContain('app_b');
      expect(written).not.toContain(fresh);
      expect(written).not.toContain(old);
    } finally {
      delete process.env.POSTGRESQL_ADMIN_URL;
      await bench.stop();
    }
  });

  it('fails before anything changes, with every reason at once', async () => {
    const shop = await Shop.open();
    const [a, b] = shop.users;
    await root.query(`ALTER ROLE ${shop.admin.name} NOCREATEROLE`);
    await root.query(`CREATE ROLE ${b} LOGIN SUPERUSER PASSWORD '${shop.first.password}'`);
    const busy = new Client({
      connectionString: server.url(shop.database, { ...shop.first, name: b }),
      application_name: 'batch',
    });
    await busy.connect();
    shop.kv.write(path, { password: 'wrong' });
    expect((await shop.problems()).map((text) => text.replaceAll(/(shop|rotator)\d+/g, '$1'))).toMatchInlineSnapshot(`
     [
       "postgresql shop_b: the user is a superuser, or a member of one; such a user is never changed here, got a superuser, allowed: users that have only the rights that the application needs, fix: make a user for the application, and write it to Vault; or ALTER ROLE "shop_b" NOSUPERUSER",
       "postgresql rotator: the administrator may not change roles, got neither SUPERUSER nor CREATEROLE, allowed: one of both, fix: ALTER ROLE "rotator" CREATEROLE",
       "postgresql shop_b: somebody uses the user whose password is about to be replaced, got 1 open session: batch, allowed: none, fix: give these programs the credential that is in Vault, or end them",
       "postgresql shop_a: the server refuses the credential that is in Vault, got a refused login as shop_a with the password of shop/postgres.password, allowed: a credential that the workloads can log in with, fix: write the password that the server knows to shop/postgres.password, or give the user the one that is there",
     ]
    `);
    await busy.end();

    shop.kv.write(path, { username: 'postgres' });
    expect((await shop.problems()).map((text) => text.replaceAll(/(shop|rotator)\d+/g, '$1'))).toMatchInlineSnapshot(`
     [
       "secret/shop/postgres username: the user in Vault is not one of the two that take turns, got "postgres", allowed: "shop_a" or "shop_b", fix: name the user that the workloads log in as as one of the two, or write one of the two to Vault with its password",
     ]
    `);
    expect(a).not.toBe(b);
  });

  it('fails where the administrator is one of the two users', async () => {
    const shop = await Shop.open();
    await root.query(`ALTER ROLE ${shop.users[0]} CREATEROLE`);
    Object.assign(shop, { admin: shop.first });
    expect((await shop.problems()).join('\n')).toContain(
      'the administrator is one of the two users, and would lock itself out',
    );
  });

  it('fails, and publishes nothing, where the new user acts as somebody else', async () => {
    const shop = await Shop.open();
    const [a, b] = shop.users;
    await root.query(`CREATE ROLE ${b} NOLOGIN`);
    await root.query(`GRANT ${b} TO ${shop.admin.name} WITH ADMIN OPTION`);
    // A setting of the database itself wins over nothing, one of the role in the database wins over the role's own.
    await root.query(`CREATE ROLE other${shop.number} NOLOGIN`);
    await root.query(`GRANT other${shop.number} TO ${b}`);
    await root.query(`ALTER ROLE ${b} IN DATABASE ${shop.database} SET role = other${shop.number}`);
    await expect(shop.rotation().run()).rejects.toThrow(
      `postgresql: ${b} acts as other${shop.number} and not as ${a}, so it has other rights than ${a}`,
    );
    expect(shop.kv.versions(path)).toHaveLength(1);
  });

  it('keeps passwords out of the log, the activity and the errors', async () => {
    const shop = await Shop.open();
    const run = shop.rotation();
    await run.run('lock');
    const second = shop.current;
    await root.query(`ALTER ROLE ${shop.admin.name} NOCREATEROLE`);
    const failure: unknown = await run.run().catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining('cannot do ALTER ROLE') as string });
    await root.query(`ALTER ROLE ${shop.admin.name} CREATEROLE`);
    await run.run();
    expect(server.log).toContain(`ALTER ROLE "${shop.users[1]}" LOGIN INHERIT`);
    expect(server.log).toContain('SCRAM-SHA-256$4096:');
    for (const secret of [second.password, shop.admin.password]) {
      // The test itself creates the administrator.
      const log = server.log.split('\n').filter((line) => !line.includes('CREATE ROLE rotator'));
      expect(log.join('\n')).not.toContain(secret);
      expect(JSON.stringify([failure, run.reports, Object.fromEntries(run.facts)])).not.toContain(secret);
    }
  });
});
