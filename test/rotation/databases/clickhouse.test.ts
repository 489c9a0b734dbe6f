import { createHash, randomBytes } from 'node:crypto';
import { createClient } from '@clickhouse/client';
import { clickhouseIdentities, formatProblem, password, vaultSecret } from '../../../lib/catalog';
import { ClickhouseDatabase } from '../../../lib/rotation/databases/clickhouse';
import { ClickhouseIdentities } from '../../../lib/rotation/databases/clickhouse-identities';
import { isAtLeast, type MakeClickhouseClient, userProblems } from '../../../lib/rotation/databases/clickhouse-server';
import { dualPasswordStrategyWith } from '../../../lib/rotation/dual-password';
import { MemoryKv } from '../../support/memory-kv';
import { behavesAsAlternatingUsers, type Login, type ServerUnderTest } from '../support/alternating-behaviour';
import { FakeClickhouseServer } from '../support/fake-clickhouse-server';
import { countKills, KillPoint, RotationRun } from '../support/rotation-run';

const { NIVESH_TEST_CLICKHOUSE_URL: realUrl } = process.env;
const place =
  realUrl === undefined ? 'no server of ClickHouse, but a stand-in that knows these statements only' : 'ClickHouse';
const admin = { user: 'root', password: randomBytes(8).toString('hex') };
const fake = new FakeClickhouseServer('24.9.1.1', admin);
const url = realUrl ?? `http://${admin.user}:${admin.password}@clickhouse.invalid:8123`;
const makeClient: MakeClickhouseClient = realUrl === undefined ? fake.makeClient : createClient;

/** Each statement and query is a step. */
function counting(kill: KillPoint): MakeClickhouseClient {
  return (options) => {
    const client = makeClient(options);
    const stepped =
      <A extends unknown[], R>(work: (...parameters: A) => Promise<R>) =>
      async (...parameters: A): Promise<R> => {
        kill.before();
        const result = await work(...parameters);
        kill.after();
        return result;
      };
    return {
      query: stepped(client.query.bind(client) as never),
      command: stepped(client.command.bind(client)),
      close: client.close.bind(client),
    };
  };
}

function clientOf({ user, password: secret }: Login) {
  const parsed = new URL(url);
  [parsed.username, parsed.password] = ['', ''];
  return makeClient({ url: parsed.href, username: user, password: secret, application: 'shop' });
}

async function asAdmin(...statements: readonly string[]): Promise<void> {
  const { username, password: secret } = new URL(url);
  const client = clientOf({ user: username, password: decodeURIComponent(secret) });
  for (const query of statements) {
    await client.command({ query });
  }
  await client.close();
}

const identified = (secret: string) =>
  `IDENTIFIED WITH sha256_hash BY '${createHash('sha256').update(secret).digest('hex')}'`;

const server: ServerUnderTest = {
  database: 'clickhouse',
  open: async (kill) => await ClickhouseDatabase.connect(url, counting(kill)),
  makeUser: async ({ user, password: secret }) => {
    await asAdmin(`CREATE USER \`${user}\` ${identified(secret)}`, `GRANT SELECT ON system.one TO \`${user}\``);
  },
  logIn: async (login) => {
    const client = clientOf(login);
    const work = async (): Promise<void> => {
      await client.command({ query: 'SELECT 1' });
    };
    await work();
    return {
      work,
      close: async () => {
        await client.close();
      },
    };
  },
};

describe(`alternatingUsers on ${place}`, () => {
  behavesAsAlternatingUsers(server);
});

describe(`dualPassword on ${place}`, () => {
  const path = 'shop/clickhouse';

  async function open() {
    const user = `shop${randomBytes(4).toString('hex')}`;
    const first = { user, password: randomBytes(20).toString('hex') };
    await server.makeUser(first);
    const kill = new KillPoint();
    const kv = new MemoryKv({ [path]: { password: first.password } }, kill);
    const { field } = vaultSecret(path, { field: password(40, { rotation: clickhouseIdentities({ user }) }) });
    const run = (mode: 'overlap' | 'revoke-now' = 'overlap') =>
      new RotationRun({
        strategy: dualPasswordStrategyWith(async () => await ClickhouseIdentities.connect(url, counting(kill))),
        field: Object.assign(Object.create(field) as typeof field, { fieldName: 'password' }),
        ...{ kv, mode, kill },
        deliver: () => Promise.resolve(),
      });
    const accepts = async (login: Login): Promise<boolean> =>
      await server.logIn(login).then(
        async (program) => {
          await program.close();
          return true;
        },
        () => false,
      );
    return { first, run, accepts, current: () => ({ user, password: kv.current(path).password ?? '' }) };
  }

  it('accepts both passwords until the old one is dropped', async () => {
    const { first, run, accepts, current } = await open();
    const rotation = run();
    expect((await rotation.check()).map(formatProblem)).toEqual([]);
    await rotation.run('drop');
    expect([await accepts(first), await accepts(current())]).toEqual([true, true]);
    expect(await rotation.run()).toBeUndefined();
    expect([await accepts(first), await accepts(current())]).toEqual([false, true]);
  });

  it('revokes at once', async () => {
    const { first, run, accepts, current } = await open();
    await run('revoke-now').run('deliver');
    expect([await accepts(first), await accepts(current())]).toEqual([false, true]);
  });

  it('ends well from a crash after every statement and write', async () => {
    const kills = await countKills(async (at) => {
      const { first, run, accepts, current } = await open();
      const rotation = run();
      const killed = await rotation.isKilled(at);
      expect(await accepts(current())).toBe(true);
      expect(await rotation.run()).toBeUndefined();
      expect([await accepts(first), await accepts(current())]).toEqual([false, true]);
      return killed;
    });
    expect(kills).toBeGreaterThan(8);
  });
});

describe('problems with ClickHouse', () => {
  it('fails for a release with one password a user, and for a user that is not there', async () => {
    const old = new FakeClickhouseServer('23.12.4.15', admin);
    const database = await ClickhouseIdentities.connect('http://root:x@clickhouse.invalid:8123', (options) =>
      old.makeClient({ ...options, password: admin.password }),
    );
    expect((await database.check('nobody')).map(formatProblem)).toMatchInlineSnapshot(`
     [
       "clickhouse: the release has one password a user, got 23.12.4.15, allowed: 24.9 or newer, fix: declare alternatingUsers, or upgrade the server",
       "clickhouse nobody: the user in use does not exist on this server, got no such user, allowed: the server that the workloads log in to, fix: correct the URL of the administrator",
     ]
    `);
  });

  it.each([
    ['23.12.4.15', false],
    ['24.8.1.1', false],
    ['24.9.1.1', true],
    ['24.12.3.47', true],
    ['25.1.1.1', true],
  ])('knows whether %s is at least 24.9', (version, expected) => {
    expect(isAtLeast(version, [24, 9])).toBe(expected);
  });

  it('fails for users of users.xml, for the built-in one, and for the administrator', () => {
    const user = { storage: 'users_xml' } as Parameters<typeof userProblems>[1];
    expect([...userProblems('default', user, 'root'), ...userProblems('root', undefined, 'root')].map(formatProblem))
      .toMatchInlineSnapshot(`
     [
       "clickhouse default: the user is the built-in administrator; such a user is never changed here, got "default", allowed: users for the application, fix: make a user for the application, and write it to Vault",
       "clickhouse default: the user is not kept by statements, so statements cannot change it for good, got storage users_xml, allowed: users made with CREATE USER, in local_directory or replicated, fix: remove it from users.xml, and make it with CREATE USER default",
       "clickhouse root: the administrator is a user that is rotated, and would lock itself out, got "root", allowed: another user, fix: connect as another user with the right ACCESS MANAGEMENT",
     ]
    `);
  });
});
