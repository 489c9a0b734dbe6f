import { randomBytes } from 'node:crypto';
import neo4j, { type Config, type Driver, type QueryConfig } from 'neo4j-driver';
import { alternatingUsers, formatProblem, password, username, vaultSecret } from '../../lib/catalog';
import { alternatingUsersStrategyWith } from '../../lib/rotation/alternating-users';
import { Neo4jDatabase } from '../../lib/rotation/databases/neo4j';
import { openAlternatingUsersDatabase } from '../../lib/rotation/databases/open';
import type { RotationMode } from '../../lib/rotation/strategy';
import { countKills, KillPoint, RotationRun } from '../rotation/support/rotation-run';
import type { Login } from '../support/login';
import { MemoryKv } from '../support/memory-kv';
import { Neo4jServer } from '../support/neo4j';
import { Application, type Pod } from './support/application';

const path = 'shop/neo4j';
let server: Neo4jServer;
let shops = 0;

beforeAll(async () => {
  server = await Neo4jServer.start();
}, 180_000);

afterAll(async () => {
  await server.stop();
});

const settings: Partial<Config> = { userAgent: 'shop/1', maxTransactionRetryTime: 0 };
const systemDatabase: Partial<QueryConfig> = { database: 'system' };

function driverFor({ name, password: secret }: Login): Driver {
  return neo4j.driver(server.address, neo4j.auth.basic(name, secret), settings);
}

async function accepts(login: Login): Promise<boolean> {
  const driver = driverFor(login);
  try {
    await driver.executeQuery('RETURN 1');
    return true;
  } catch (error) {
    expect(String(error)).toContain('authentication failure');
    return false;
  } finally {
    await driver.close();
  }
}

/** A process with one driver, which keeps its connections. */
async function startPod(login: Login): Promise<Pod> {
  const driver = driverFor(login);
  await driver.verifyConnectivity();
  return {
    work: async () => {
      await driver.executeQuery('MERGE (o:Order {id: 1}) RETURN o');
    },
    stop: async () => {
      await driver.close();
    },
  };
}

/** An application and the rotation of its user. */
class Shop {
  readonly users: readonly [string, string] = [`shop${shops}_a`, `shop${shops++}_b`];
  readonly first: Login = { name: this.users[0], password: randomBytes(20).toString('hex') };
  readonly kill = new KillPoint();
  readonly kv = new MemoryKv({ [path]: { username: this.first.name, password: this.first.password } }, this.kill);
  readonly application = new Application(startPod);

  static async open(): Promise<Shop> {
    const shop = new Shop();
    const admin = driverFor(server.admin);
    await admin.executeQuery(
      'CREATE USER $name SET PASSWORD $password CHANGE NOT REQUIRED',
      { ...shop.first },
      systemDatabase,
    );
    await admin.close();
    await shop.application.start(shop.first, 1);
    return shop;
  }

  get current(): Login {
    const { username: name = '', password: secret = '' } = this.kv.current(path);
    return { name, password: secret };
  }

  rotation(mode: RotationMode = 'overlap', admin = server.url()) {
    const secret = vaultSecret(path, {
      username: username(this.users[0]),
      password: password(40, {
        rotation: alternatingUsers({ database: 'neo4j', users: this.users, usernameField: 'username' }),
      }),
    });
    return new RotationRun({
      strategy: alternatingUsersStrategyWith(
        async (rotation) => await openAlternatingUsersDatabase(rotation, { NEO4J_ADMIN_URL: admin }),
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

  async problems(admin = server.url()): Promise<string[]> {
    return (await this.rotation('overlap', admin).check()).map((problem) =>
      formatProblem(problem)
        .replaceAll(/shop\d+/g, 'shop')
        .replaceAll(server.address, 'bolt://server'),
    );
  }
}

function killCommands(kill: KillPoint): void {
  interface Runner {
    run: (command: unknown) => Promise<unknown>;
  }
  const runner = Neo4jDatabase.prototype as unknown as Runner;
  const { run } = runner;
  jest.spyOn(runner, 'run').mockImplementation(async function (this: Runner, command: unknown) {
    kill.before();
    const result = await run.call(this, command);
    kill.after();
    return result;
  });
}

describe('alternatingUsers on Neo4j', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('rotates a user, and back, while the application works without a failure', async () => {
    const shop = await Shop.open();
    await shop.application.work();
    shop.application.load();
    expect(await shop.problems()).toEqual([]);
    const first = shop.rotation();
    expect(await first.run()).toBeUndefined();
    const second = shop.current;
    expect(second.name).toBe(shop.users[1]);
    expect([await accepts(shop.first), await accepts(second)]).toEqual([false, true]);
    expect(await shop.problems()).toEqual([]);
    expect(await shop.rotation().run()).toBeUndefined();
    expect([await accepts(second), await accepts(shop.current)]).toEqual([false, true]);
    await shop.application.stop();
    expect(shop.application.failures).toEqual([]);
    expect(shop.application.requests).toBeGreaterThan(10);
    for (const { password: secret } of [shop.first, second, shop.current, server.admin]) {
      expect(JSON.stringify([...first.facts, first.reports])).not.toContain(secret);
      expect(server.log).not.toContain(secret);
    }
  });

  it('waits for a connection of the old user, and goes on after the server crashed', async () => {
    const shop = await Shop.open();
    const forgotten = driverFor(shop.first);
    await forgotten.executeQuery('RETURN 1');
    const run = shop.rotation();
    expect(await run.run()).toMatchObject({
      done: false,
      reason: `1 session is open as ${shop.users[0]}: shop/1 from 127.0.0.1`,
    });
    expect(await accepts(shop.first)).toBe(true);
    await server.crashAndRestart();
    expect(await run.run()).toBeUndefined();
    expect([await accepts(shop.first), await accepts(shop.current)]).toEqual([false, true]);
    await forgotten.close();
    await shop.application.stop();
  });

  it('revokes at once: the old password is refused and its connections are cut', async () => {
    const shop = await Shop.open();
    const thief = driverFor(shop.first);
    const session = thief.session();
    const transaction = await session.beginTransaction();
    await transaction.run('RETURN 1');
    const run = shop.rotation('revoke-now');
    await run.run('deliver');
    await expect(transaction.run('RETURN 2')).rejects.toThrow();
    await session.close();
    await thief.close();
    expect([await accepts(shop.first), await accepts(shop.current)]).toEqual([false, true]);
    expect(await run.run()).toBeUndefined();
    await shop.application.stop();
  });

  it('ends well from a crash after every command and write, never without a credential that works', async () => {
    const kills = await countKills(async (at) => {
      const shop = await Shop.open();
      killCommands(shop.kill);
      const run = shop.rotation();
      const killed = await run.isKilled(at);
      await shop.application.work();
      expect((await run.check()).map(formatProblem)).toEqual([]);
      expect(await run.run()).toBeUndefined();
      expect([await accepts(shop.first), await accepts(shop.current)]).toEqual([false, true]);
      await shop.application.work();
      await shop.application.stop();
      expect(shop.application.failures).toEqual([]);
      jest.restoreAllMocks();
      return killed;
    });
    expect(kills).toBeGreaterThan(15);
  });

  it('fails before anything changes, with every reason at once', async () => {
    const shop = await Shop.open();
    const admin = driverFor(server.admin);
    const busy = { name: shop.users[1], password: shop.first.password };
    await admin.executeQuery(
      'CREATE USER $name SET PASSWORD $password CHANGE NOT REQUIRED',
      { ...busy },
      systemDatabase,
    );
    await admin.close();
    const program = driverFor(busy);
    await program.executeQuery('RETURN 1');
    shop.kv.write(path, { password: 'wrong' });
    expect(await shop.problems(server.url(shop.first))).toMatchInlineSnapshot(`
     [
       "neo4j shop_a: the administrator is one of the two users, and would lock itself out, got "shop_a", allowed: a third user, fix: connect as another user, such as neo4j",
       "neo4j shop_b: somebody uses the user whose password is about to be replaced, got 1 open: shop/1 from 127.0.0.1, allowed: none, fix: give these programs the credential that is in Vault, or end them",
       "neo4j shop_a: the server refuses the credential that is in Vault, got a refused login as shop_a with the password of shop/neo4j.password, allowed: a credential that the workloads can log in with, fix: write the password that the server knows to shop/neo4j.password, or give the user the one that is there",
     ]
    `);
    expect(await shop.problems('bolt://neo4j:geheim@127.0.0.1:1')).toMatchInlineSnapshot(`
     [
       "neo4j: the database cannot be looked at as its administrator, got neo4j at 127.0.0.1:1: cannot connect as the administrator: Failed to connect to server. Please ensure that your database is listening on the correct host and port and that you have compatible encryption settings both on Neo4j server and driver. Note that the default encryption setting has changed in Neo4j 4.0. Caused by: connect ECONNREFUSED 127.0.0.1:1, allowed: a server that can be reached and changed with the URL in NEO4J_ADMIN_URL, fix: check the server and the URL of the administrator, then run the same command again",
     ]
    `);
    const refused = await shop.problems(server.url({ ...server.admin, password: 'geheim' }));
    expect(refused.join('\n')).toContain(
      'cannot connect as the administrator: the server refuses this user and password',
    );
    expect(refused.join('\n')).not.toContain('geheim');
    await program.close();
    await shop.application.stop();
  });
});
