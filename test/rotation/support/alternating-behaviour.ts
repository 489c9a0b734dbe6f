import { randomBytes } from 'node:crypto';
import { alternatingUsers, formatProblem, password, username, vaultSecret } from '../../../lib/catalog';
import { alternatingUsersStrategyWith } from '../../../lib/rotation/alternating-users';
import type { AlternatingUsersDatabase } from '../../../lib/rotation/databases/database';
import type { RotationMode } from '../../../lib/rotation/strategy';
import { MemoryKv } from '../../support/memory-kv';
import { countKills, KillPoint, RotationRun } from './rotation-run';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A program that is logged in. */
export interface Program {
  work(): Promise<void>;
  close(): Promise<void>;
}

/** A server and what programs do with it. */
export interface ServerUnderTest {
  readonly database: 'mongodb' | 'clickhouse';
  /** As the administrator; each command is a step of the kill point. */
  open(kill: KillPoint): Promise<AlternatingUsersDatabase>;
  /** A user as the application has it before its first rotation. */
  makeUser(login: Login): Promise<void>;
  /** Rejects where the server refuses. */
  logIn(login: Login): Promise<Program>;
}

const path = 'shop/database';
let shops = 0;

/** One application, its secret, and its rotation. */
export class ShopUnderTest {
  readonly users: readonly [string, string];
  readonly first: Login;
  readonly kill = new KillPoint();
  readonly kv: MemoryKv;
  program: Program | undefined;

  private constructor(readonly server: ServerUnderTest) {
    // Real servers keep what earlier runs left.
    const name = `shop${randomBytes(3).toString('hex')}${shops++}`;
    this.users = [`${name}_a`, `${name}_b`];
    this.first = { user: this.users[0], password: randomBytes(20).toString('hex') };
    this.kv = new MemoryKv({ [path]: { username: this.first.user, password: this.first.password } }, this.kill);
  }

  static async open(server: ServerUnderTest): Promise<ShopUnderTest> {
    const shop = new ShopUnderTest(server);
    await server.makeUser(shop.first);
    shop.program = await server.logIn(shop.first);
    return shop;
  }

  get current(): Login {
    const { username: user = '', password: secret = '' } = this.kv.current(path);
    return { user, password: secret };
  }

  async accepts(login: Login): Promise<boolean> {
    try {
      await (await this.server.logIn(login)).close();
      return true;
    } catch {
      return false;
    }
  }

  rotation(mode: RotationMode = 'overlap') {
    const { database } = this.server;
    const secret = vaultSecret(path, {
      username: username(this.users[0]),
      password: password(40, {
        rotation: alternatingUsers({ database, users: this.users, usernameField: 'username' }),
      }),
    });
    return new RotationRun({
      strategy: alternatingUsersStrategyWith(async () => await this.server.open(this.kill)),
      field: secret.password,
      kv: this.kv,
      mode,
      kill: this.kill,
      deliver: async ({ version }) => {
        const { username: user = '', password: value = '' } = this.kv.versions(path)[version - 1] ?? {};
        const old = this.program;
        this.program = await this.server.logIn({ user, password: value });
        await old?.close();
      },
    });
  }

  async problems(): Promise<string[]> {
    return (await this.rotation().check()).map((problem) =>
      formatProblem(problem).replaceAll(/shop[0-9a-f]+_/g, 'shop_'),
    );
  }
}

/** Real servers may need a while to see that a program is gone; a stand-in does not. */
async function settled<T>(look: () => Promise<T>, isFine: (found: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const found = await look();
    if (isFine(found) || attempt === 60) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, attempt === 0 ? 0 : 1_000));
  }
}

async function noProblems(look: () => Promise<readonly unknown[]>): Promise<void> {
  expect(await settled(look, (problems) => problems.length === 0)).toEqual([]);
}

async function finish(run: ReturnType<ShopUnderTest['rotation']>, until?: string): Promise<void> {
  expect(
    await settled(
      async () => await run.run(until),
      (result) => result === undefined,
    ),
  ).toBeUndefined();
}

/** What holds for alternating users on every server. */
export function behavesAsAlternatingUsers(server: ServerUnderTest): void {
  it('rotates a user, and back, while a program works', async () => {
    const shop = await ShopUnderTest.open(server);
    await noProblems(async () => await shop.problems());
    const first = shop.rotation();
    await finish(first);
    await shop.program?.work();
    const second = shop.current;
    expect([second.user, await shop.accepts(shop.first), await shop.accepts(second)]).toEqual([
      shop.users[1],
      false,
      true,
    ]);
    await noProblems(async () => await shop.problems());
    await finish(shop.rotation());
    await shop.program?.work();
    expect([await shop.accepts(second), await shop.accepts(shop.current)]).toEqual([false, true]);
    expect(JSON.stringify([...first.facts, first.reports])).not.toContain(second.password);
    await shop.program?.close();
  });

  it('revokes at once', async () => {
    const shop = await ShopUnderTest.open(server);
    const thief = await server.logIn(shop.first);
    const run = shop.rotation('revoke-now');
    await run.run('drain');
    expect([await shop.accepts(shop.first), await shop.accepts(shop.current)]).toEqual([false, true]);
    await expect(thief.work()).rejects.toThrow();
    await thief.close();
    await finish(run);
    await shop.program?.work();
    await shop.program?.close();
  });

  it('ends well from a crash after every command and write', async () => {
    const kills = await countKills(async (at) => {
      const shop = await ShopUnderTest.open(server);
      const run = shop.rotation();
      const killed = await run.isKilled(at);
      await shop.program?.work();
      expect(await shop.accepts(shop.current)).toBe(true);
      await noProblems(async () => (await run.check()).map(formatProblem));
      await finish(run);
      expect([await shop.accepts(shop.first), await shop.accepts(shop.current)]).toEqual([false, true]);
      await shop.program?.work();
      await shop.program?.close();
      return killed;
    });
    expect(kills).toBeGreaterThan(15);
  });

  it('fails before anything changes where the password in Vault is refused, or the other user is in use', async () => {
    const shop = await ShopUnderTest.open(server);
    const busy = { user: shop.users[1], password: shop.first.password };
    await server.makeUser(busy);
    const program = await server.logIn(busy);
    await program.work();
    shop.kv.write(path, { password: 'wrong' });
    const problems = (await shop.problems()).join('\n');
    expect(problems).toContain('somebody uses the user whose password is about to be replaced');
    expect(problems).toContain('the server refuses the credential that is in Vault');
    await program.close();
    await shop.program?.close();
  });
}
