import { randomBytes } from 'node:crypto';
import { createClient } from '@redis/client';
import { formatProblem, password, redisAcl, vaultSecret } from '../../lib/catalog';
import { openDualPasswordDatabase } from '../../lib/rotation/databases/open';
import { dualPasswordStrategyWith } from '../../lib/rotation/dual-password';
import type { RotationMode } from '../../lib/rotation/strategy';
import { countKills, KillPoint, RotationRun } from '../rotation/support/rotation-run';
import { codeBlocks } from '../support/documentation';
import type { Login } from '../support/login';
import { MemoryKv } from '../support/memory-kv';
import { type RedisOptions, RedisServer } from '../support/redis';
import { Application, type Pod } from './support/application';

const path = 'shop/redis';
const servers: RedisServer[] = [];

async function start(options: RedisOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(
    servers.splice(0).map(async (server) => {
      await server.stop();
    }),
  );
});

/** A process that keeps a connection, and logs in anew each time besides. */
async function startPod(server: RedisServer, login: Login): Promise<Pod> {
  const kept = await server.connect(login);
  return {
    work: async () => {
      await kept.incr('orders');
      (await server.connect(login)).destroy();
    },
    stop: () => {
      kept.destroy();
      return Promise.resolve();
    },
  };
}

class Shop {
  readonly kill = new KillPoint();
  readonly application = new Application(async (login) => await startPod(this.server, login));
  readonly kv: MemoryKv;

  constructor(readonly server: RedisServer) {
    this.kv = new MemoryKv({ [path]: { password: server.user.password } }, this.kill);
  }

  get current(): Login {
    return { name: this.server.user.name, password: this.kv.current(path).password ?? '' };
  }

  rotation({ mode = 'overlap', url = this.server.url() }: { mode?: RotationMode; url?: string } = {}) {
    const secret = vaultSecret(path, {
      password: password(40, { rotation: redisAcl({ user: this.server.user.name }) }),
    });
    return new RotationRun({
      strategy: dualPasswordStrategyWith(
        async (rotation) => await openDualPasswordDatabase(rotation, { REDIS_ADMIN_URL: url }),
      ),
      field: secret.password,
      kv: this.kv,
      mode,
      kill: this.kill,
      deliver: async ({ version }) => {
        const value = this.kv.versions(path)[version - 1]?.password ?? '';
        await this.application.roll({ ...this.current, password: value });
      },
    });
  }

  async problems(url?: string): Promise<string[]> {
    return (await this.rotation(url === undefined ? {} : { url }).check()).map(formatProblem);
  }
}

/** Counts the commands of the rotation, and stops it after one of them. */
function killCommands(kill: KillPoint): void {
  let prototype = Object.getPrototypeOf(createClient()) as { sendCommand: (...args: unknown[]) => Promise<unknown> };
  while (!Object.hasOwn(prototype, 'sendCommand')) {
    prototype = Object.getPrototypeOf(prototype) as typeof prototype;
  }
  const send = prototype.sendCommand;
  jest.spyOn(prototype, 'sendCommand').mockImplementation(async function (this: unknown, ...args: unknown[]) {
    const { options } = this as { options: { name?: string } };
    if (options.name !== 'nivesh-secrets-rotate') {
      return await send.apply(this, args);
    }
    kill.before();
    const result = await send.apply(this, args);
    kill.after();
    return result;
  });
}

describe('dualPassword on Redis', () => {
  it.each(['aclfile', 'config'] as const)(
    'rotates "default", kept in the %s, twice while the application works, and a restart forgets nothing',
    async (users) => {
      const shop = new Shop(await start({ users }));
      await shop.application.start(shop.server.user);
      shop.application.load();
      const monitor = await shop.server.connect();
      const seen: string[] = [];
      await monitor.monitor((line) => seen.push(line));

      expect(await shop.problems()).toEqual([]);
      const first = shop.rotation();
      expect(await first.run()).toBeUndefined();
      const second = shop.current;
      expect(await shop.problems()).toEqual([]);
      expect(await shop.rotation().run()).toBeUndefined();
      await shop.application.stop();
      expect(shop.application.failures).toEqual([]);
      expect(shop.application.requests).toBeGreaterThan(10);

      const slow = JSON.stringify(await (await shop.server.connect()).sendCommand(['SLOWLOG', 'GET', '1000']));
      monitor.destroy();
      expect(seen.join('\n')).toContain('"INCR" "orders"');
      expect(slow).toContain('INCR');
      for (const secret of [shop.server.user.password, second.password, shop.current.password]) {
        const places = [seen.join('\n'), slow, shop.server.log, JSON.stringify([...first.facts, first.reports])];
        expect(places.filter((text) => text.includes(secret))).toEqual([]);
      }

      await shop.server.crashAndRestart();
      for (const [login, accepted] of [
        [shop.server.user, false],
        [second, false],
        [shop.current, true],
      ] as const) {
        expect(await shop.server.accepts(login)).toBe(accepted);
      }
    },
  );

  it('needs no more rights than the documentation gives the administrator, for both ways to keep users', async () => {
    for (const users of ['aclfile', 'config'] as const) {
      const shop = new Shop(await start({ users }));
      const rotator: Login = { name: 'rotator', password: randomBytes(16).toString('hex') };
      const [rights = ''] = codeBlocks('databases.md', 'text');
      const admin = await shop.server.connect();
      await admin.sendCommand(rights.trim().replace('<password>', rotator.password).split(' '));
      admin.destroy();
      const url = shop.server.url(rotator);
      expect(await shop.problems(url)).toEqual([]);
      expect(await shop.rotation({ url, mode: 'revoke-now' }).run()).toBeUndefined();
      expect(await shop.server.accepts(shop.current)).toBe(true);
    }
  });

  it('accepts both passwords until every process has the new one', async () => {
    const shop = new Shop(await start({ users: 'aclfile' }));
    const run = shop.rotation();
    await run.run('drop');
    await shop.server.crashAndRestart();
    expect([await shop.server.accepts(shop.server.user), await shop.server.accepts(shop.current)]).toEqual([
      true,
      true,
    ]);
    expect(await run.run()).toBeUndefined();
    expect([await shop.server.accepts(shop.server.user), await shop.server.accepts(shop.current)]).toEqual([
      false,
      true,
    ]);
    expect(Object.fromEntries(run.facts)).toEqual({
      publish: { user: 'default', base: 1, version: 2 },
      deliver: { version: 2 },
      drop: { drops: 'default', refused: true },
    });
  });

  it('revokes at once: the old password is refused and its connections are cut before anything restarts', async () => {
    const shop = new Shop(await start({ users: 'aclfile' }));
    const thief = await shop.server.connect(shop.server.user);
    const cut = new Promise((resolve) => thief.on('error', resolve));
    const run = shop.rotation({ mode: 'revoke-now' });
    expect(run.phases.map(({ name }) => name)).toEqual(['publish', 'drop', 'deliver']);
    await run.run('deliver');
    await cut;
    expect([await shop.server.accepts(shop.server.user), await shop.server.accepts(shop.current)]).toEqual([
      false,
      true,
    ]);
    expect(await run.run()).toBeUndefined();
  });

  it('ends well from a crash after every command and write, never without a password that works', async () => {
    const server = await start({ users: 'aclfile' });
    let first = server.user;
    const kills = await countKills(async (at) => {
      const shop = new Shop(server);
      shop.kv.write(path, { password: first.password });
      killCommands(shop.kill);
      await shop.application.start(first, 1);
      const run = shop.rotation();
      const killed = await run.isKilled(at);
      await shop.application.work();
      expect(await server.accepts(shop.current)).toBe(true);
      expect((await run.check()).map(formatProblem)).toEqual([]);
      expect(await run.run()).toBeUndefined();
      expect([await server.accepts(first), await server.accepts(shop.current)]).toEqual([false, true]);
      await shop.application.work();
      await shop.application.stop();
      expect(shop.application.failures).toEqual([]);
      first = shop.current;
      jest.restoreAllMocks();
      return killed;
    });
    expect(kills).toBeGreaterThan(15);
    // What crashes left behind is gone too.
    const admin = await server.connect();
    expect((await admin.aclGetUser('default'))?.passwords).toHaveLength(1);
    admin.destroy();
  });

  it('changes the primary and its replicas, which do not share users', async () => {
    const primary = await start({ users: 'aclfile' });
    const link = [`replicaof 127.0.0.1 ${primary.port}`, 'masteruser admin', `masterauth ${primary.admin.password}`];
    const replica = await start({ users: 'aclfile', settings: link, like: primary });
    const shop = new Shop(primary);
    const admin = await primary.connect();
    while (!(await admin.info('replication')).includes('connected_slaves:1')) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    admin.destroy();
    expect(await shop.problems()).toEqual([
      'redis: users are not replicated, so replicas would refuse the new password, got 0 of 1 replicas, allowed: the primary and all of its replicas, fix: list the URLs of all servers in the variable of the administrator, separated by blanks',
    ]);
    expect((await shop.problems(replica.url())).join('\n')).toContain('only replicas are reached, got 1 of them');
    const url = `${primary.url()} ${replica.url()}`;
    expect(await shop.problems(url)).toEqual([]);
    expect(await shop.rotation({ url }).run()).toBeUndefined();
    expect(await Promise.all([primary, replica].map(async (server) => await server.accepts(shop.current)))).toEqual([
      true,
      true,
    ]);
    expect(await replica.accepts(primary.user)).toBe(false);
  });

  it('fails before anything changes: nowhere to write users down, the wrong password, an administrator without rights', async () => {
    const server = await start({ users: 'memory' });
    const shop = new Shop(server);
    const admin = await server.connect();
    const weak: Login = { name: 'weak', password: randomBytes(8).toString('hex') };
    await admin.sendCommand([
      'ACL',
      'SETUSER',
      'weak',
      'on',
      `>${weak.password}`,
      '+info',
      '+config|get',
      '+acl',
      '-acl|setuser',
      '+hello',
      '+client|setname',
    ]);
    const replication = ['CONFIG', 'SET', 'masterauth', weak.password];
    await admin.sendCommand(replication);
    admin.destroy();
    shop.kv.write(path, { password: 'wrong' });
    const problems = await shop.problems(server.url(weak));
    expect(problems.map((text) => text.replaceAll(String(server.port), 'PORT'))).toMatchInlineSnapshot(`
     [
       "redis 127.0.0.1:PORT: the server cannot write its users down, so the change would be lost when it restarts, got neither an aclfile nor a configuration file, allowed: one of both, writable by the server, fix: start it with a configuration file, best with "aclfile /data/users.acl" in it",
       "redis 127.0.0.1:PORT: the server logs in at its primary as the user that is rotated, got masteruser default, allowed: a user of its own for replication, fix: ACL SETUSER replica on ><password> +psync +replconf +ping on every server, then set masteruser and masterauth to it",
       "redis 127.0.0.1:PORT: the administrator may not use commands that the rotation needs, got acl|setuser, config|rewrite, client|kill, allowed: all of them, fix: ACL SETUSER weak +acl|setuser +config|rewrite +client|kill",
       "redis default: the server refuses the credential that is in Vault, got a refused login as default with the password of shop/redis.password, allowed: a credential that the workloads can log in with, fix: write the password that the server knows to shop/redis.password, or give the user the one that is there",
     ]
    `);
    expect(await shop.problems(server.url(server.user))).toContainEqual(
      expect.stringContaining('the administrator is the user that is rotated, and would lock itself out'),
    );
  });

  it('fails with what is missing where there is no connection, without the URL', async () => {
    const shop = new Shop(await start({ users: 'aclfile' }));
    expect(await shop.problems('')).toMatchInlineSnapshot(`
     [
       "redis: the database cannot be looked at as its administrator, got REDIS_ADMIN_URL, the connection of the administrator, is not set, allowed: a server that can be reached and changed with the URL in REDIS_ADMIN_URL, fix: set it to redis://<administrator>:<password>@<host>, with the password percent-encoded",
     ]
    `);
    expect(await shop.problems('http://u:geheim@host')).toMatchInlineSnapshot(`
     [
       "redis: the database cannot be looked at as its administrator, got REDIS_ADMIN_URL, the connection of the administrator, is not a URL of redis, allowed: a server that can be reached and changed with the URL in REDIS_ADMIN_URL, fix: set it to redis://<administrator>:<password>@<host>, with the password percent-encoded",
     ]
    `);
    const problems = [
      ...(await shop.problems('redis://u:geheim@127.0.0.1:1')),
      ...(await shop.problems(`redis://admin:geheim@127.0.0.1:${shop.server.port}`)),
      ...(await shop.problems('redis://u:geh/eim@host')),
    ].map((text) => text.replaceAll(String(shop.server.port), 'PORT'));
    expect(problems).toMatchInlineSnapshot(`
     [
       "redis: the database cannot be looked at as its administrator, got redis at 127.0.0.1:1: cannot connect as the administrator: connect ECONNREFUSED 127.0.0.1:1, allowed: a server that can be reached and changed with the URL in REDIS_ADMIN_URL, fix: check the server and the URL of the administrator, then run the same command again",
       "redis: the database cannot be looked at as its administrator, got redis at 127.0.0.1:PORT: cannot connect as the administrator: WRONGPASS invalid username-password pair or user is disabled., allowed: a server that can be reached and changed with the URL in REDIS_ADMIN_URL, fix: check the server and the URL of the administrator, then run the same command again",
       "redis: the database cannot be looked at as its administrator, got redis: cannot read the URL of the administrator: Invalid URL, allowed: a server that can be reached and changed with the URL in REDIS_ADMIN_URL, fix: check the URL of the administrator",
     ]
    `);
    expect(JSON.stringify(problems)).not.toContain('geh');
  });

  it('fails for a user without a password', async () => {
    const shop = new Shop(await start({ users: 'aclfile' }));
    const admin = await shop.server.connect();
    await admin.sendCommand(['ACL', 'SETUSER', 'default', 'nopass']);
    admin.destroy();
    expect((await shop.problems()).join('\n')).toContain(
      'the user accepts every password, so there is nothing to rotate',
    );
  });
});
