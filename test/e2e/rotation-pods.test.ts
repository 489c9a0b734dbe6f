import { randomBytes } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { Client } from 'pg';

import type { FieldReference } from '../../lib/catalog';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { JwtKeys, JwtSigner } from '../../lib/jwt';
import { loadStrategy, RotationEngine, type RotationStrategy } from '../../lib/rotation';
import { keyringStrategy } from '../../lib/rotation/keyring/strategy';
import { type PublishedVersion, RolloutFailedError } from '../../lib/rotation/value-delivery';
import { WorkloadDelivery } from '../../lib/rotation/workload-delivery';
import { secretData } from './support/cluster';
import { type Answer, getOnce, type LoadRequest, OpenLoad } from './support/open-load';
import { describePods } from './support/pods';
import { jwtSettings } from './support/shop/tokens';
import { oneOf, replicas, secrets, Shop, type ShopWorkload, shopWorkloads } from './support/shop/shop';

/** Requests a second. */
const rate = 50;

/** Tokens live 30 s; a client that is careful gets itself another one before. */
const oldestTokenMs = 20_000;

describePods('rotation under load, in real pods', () => {
  let shop: Shop;
  let lines: string[] = [];

  beforeAll(async () => {
    shop = await Shop.open();
    Object.assign(process.env, shop.administrators);
  }, 300_000);

  beforeEach(() => {
    lines = [];
  });

  afterAll(async () => {
    await shop.close();
  });

  function delivery(): WorkloadDelivery {
    const { environment, kv, platform } = shop;
    const report = (line: string): void => {
      lines.push(line);
    };
    return new WorkloadDelivery({ environment, kubernetes: platform.kubernetes, kv, report, pollMs: 100 });
  }

  async function publish(path: string, label: string, values: Record<string, string>): Promise<PublishedVersion> {
    const previousVersion = (await shop.kv.state(path)).version;
    const version = await shop.kv.patch(path, previousVersion, values);
    return { path, fields: Object.keys(values), version, previousVersion, label };
  }

  async function currentValues(path: string): Promise<Readonly<Record<string, string>>> {
    return (await shop.kv.read(path))?.data ?? {};
  }

  /** As `nivesh-secrets rotate` does. */
  async function rotate(field: FieldReference): Promise<void> {
    const { environment, kv, platform } = shop;
    const report = (line: string): void => {
      lines.push(line);
    };
    const engine = new RotationEngine({
      environment,
      kv,
      delivery: (guarded) =>
        new WorkloadDelivery({ environment, kubernetes: platform.kubernetes, kv: guarded, report, pollMs: 100 }),
      report,
    });
    const { rotation } = field.declaration;
    const strategy =
      rotation.strategy === 'keyring'
        ? (keyringStrategy({ folder: shop.folder }) as RotationStrategy)
        : await loadStrategy(rotation);
    const request = { field, strategy, longestWaitMs: 120_000 };
    const plan = await engine.plan(request);
    expect(await engine.check(request, plan)).toEqual([]);
    expect(await engine.rotate(request, plan)).toMatchObject({ done: true });
  }

  /** A token that a key signs, as somebody has who has the key. */
  async function tokenOf(secret: string): Promise<string> {
    const signer = new JwtSigner(new JwtKeys({ signing: secret }), { ...jwtSettings, longestLife: '1h' });
    return await signer.sign({ sub: 'customer-1' }, { expiresIn: '1h' });
  }

  async function postgresqlAccepts({
    username = '',
    password = '',
  }: Readonly<Record<string, string>>): Promise<boolean> {
    const client = new Client({ connectionString: shop.postgresql.url('shop', { name: username, password }) });
    return await client.connect().then(
      async () => {
        await client.end();
        return true;
      },
      () => false,
    );
  }

  async function storedPhones(): Promise<{ id: number; phone: string }[]> {
    const client = await shop.postgresql.connect('shop');
    const { rows } = await client.query<{ id: number; phone: string }>('SELECT id, phone FROM customers');
    await client.end();
    return rows;
  }

  /** What every pod of every service says of a token. */
  async function statusesOf(token: string): Promise<number[]> {
    const asked = shopWorkloads.flatMap((name) => Array.from({ length: 2 * replicas[name] }, () => name));
    const answers = await Promise.all(asked.map(async (name) => await getOnce(shop.addressOf(name), '/work', token)));
    return [...new Set(answers.map(({ status }) => status))];
  }

  /** Constant load on both services, with every token that was given out lately, while something happens. */
  async function underLoad(work: () => Promise<void>): Promise<OpenLoad> {
    const first = await getOnce(shop.addressOf('shop-web'), '/login');
    expect(first.status).toBe(200);
    const tokens = [{ text: first.body, at: Date.now() }];
    const firstKey = decodeProtectedHeader(first.body).kid;
    const login = async (): Promise<Answer> => {
      const answer = await getOnce(shop.addressOf('shop-web'), '/login');
      if (answer.status === 200) {
        tokens.push({ text: answer.body, at: Date.now() });
      }
      return answer;
    };
    const load = OpenLoad.start(rate, (index): LoadRequest => {
      if (index % 5 === 0) {
        return { kind: 'login', send: login };
      }
      while (tokens.length > 1 && (tokens[0]?.at ?? 0) < Date.now() - oldestTokenMs) {
        tokens.shift();
      }
      const token = tokens[Math.floor(Math.random() * tokens.length)]?.text ?? '';
      const name: ShopWorkload = oneOf(['shop-web', 'shop-api']);
      const age = decodeProtectedHeader(token).kid === firstKey ? 'first' : 'next';
      return {
        kind: `token of the ${age} key at ${name}`,
        send: async () => await getOnce(shop.addressOf(name), '/work', token),
      };
    });
    try {
      await work();
    } finally {
      await load.stop();
    }
    return load;
  }

  it('serves every request while nothing happens', async () => {
    const load = await underLoad(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    });
    expect(load.failures).toEqual([]);
    expect(load.sent).toBeGreaterThan(rate * 2);
  });

  it('replaces the key of tokens: every old and new token is accepted, until the old key is dropped', async () => {
    const { jwt_secret: old = '' } = await currentValues('shop/backend');
    const load = await underLoad(async () => {
      await rotate(secrets.backend.jwt_secret);
    });
    expect(load.failures).toEqual([]);
    for (const name of shopWorkloads) {
      expect(load.answered.get(`token of the first key at ${name}`)).toBeGreaterThan(rate);
      expect(load.answered.get(`token of the next key at ${name}`)).toBeGreaterThan(rate);
    }
    const { jwt_secret: fresh = '' } = await currentValues('shop/backend');
    expect(fresh).not.toBe(old);
    expect(await statusesOf(await tokenOf(fresh))).toEqual([200]);
    expect(await statusesOf(await tokenOf(old))).toEqual([401]);
  }, 600_000);

  it("replaces PostgreSQL's credential: the other user takes its turn, and the old one is locked", async () => {
    const old = await currentValues('shop/postgres');
    const load = await underLoad(async () => {
      await rotate(secrets.postgres.password);
    });
    expect(load.failures).toEqual([]);
    const fresh = await currentValues('shop/postgres');
    expect([old.username, fresh.username]).toEqual(['shop_a', 'shop_b']);
    expect(await postgresqlAccepts(fresh)).toBe(true);
    expect(await postgresqlAccepts(old)).toBe(false);
  }, 600_000);

  it("replaces Redis' password: both are accepted, until the old one is removed", async () => {
    const { password: old = '' } = await currentValues('shop/redis');
    const load = await underLoad(async () => {
      await rotate(secrets.redis.password);
    });
    expect(load.failures).toEqual([]);
    const { password: fresh = '' } = await currentValues('shop/redis');
    expect(await shop.redis.accepts({ name: 'default', password: fresh })).toBe(true);
    expect(await shop.redis.accepts({ name: 'default', password: old })).toBe(false);
  }, 600_000);

  it('replaces the key of stored data: everything can be read all the time, and nothing with the old key afterwards', async () => {
    const before = await currentValues('shop/backend');
    const load = await underLoad(async () => {
      await rotate(secrets.backend.encryption_key);
    });
    expect(load.failures).toEqual([]);
    const phones = await storedPhones();
    expect(phones).toHaveLength(100);
    const [fresh, old] = [cipherOf(await currentValues('shop/backend')), cipherOf(before)];
    for (const { id, phone } of phones) {
      const place = { table: 'customers', column: 'phone', primaryKey: id };
      expect(fresh.decrypt(phone, place)).toMatch(/^\+91 00000 \d{5}$/);
      expect(() => old.decrypt(phone, place)).toThrow('the keyring does not have this key');
    }
  }, 600_000);

  it('a value that pods cannot start with is taken back, and no request fails', async () => {
    const { feature_key: good } = await currentValues('shop/backend');
    let failure: unknown;
    const load = await underLoad(async () => {
      const published = await publish('shop/backend', 'bad.write', { feature_key: 'poisoned' });
      failure = await delivery()
        .deliver(published)
        .catch((error: unknown) => error);
    });
    expect(load.failures).toEqual([]);
    expect(failure).toBeInstanceOf(RolloutFailedError);
    expect((failure as Error).message).toMatch(
      /container main ended with 78 \(Error\), \d+ restarts; see: kubectl logs .*; the old values are delivered again, as version \d+$/,
    );
    expect((await currentValues('shop/backend')).feature_key).toBe(good);
    for (const name of shopWorkloads) {
      const { platform, environment } = shop;
      expect((await secretData(platform, environment.catalog, name)).FEATURE_KEY).toBe(good);
    }
  }, 300_000);

  describe('the one-step procedure of the guide fails, which shows that the load would see it', () => {
    it('fails requests when a new JWT_SECRET is deployed at once, the old one beside it', async () => {
      const { jwt_secret: old = '' } = await currentValues('shop/backend');
      const load = await underLoad(async () => {
        const values = { jwt_secret: randomBytes(32).toString('hex'), jwt_secret_previous: old };
        await delivery().deliver(await publish('shop/backend', 'literal.jwt', values));
      });
      expect(load.failures.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
      expect(load.failures.filter(({ status }) => status !== 401)).toEqual([]);
    }, 300_000);

    it('fails requests when the database user gets another password in its place', async () => {
      const { username = '' } = await currentValues('shop/postgres');
      const load = await underLoad(async () => {
        const fresh = randomBytes(20).toString('hex');
        const admin = await shop.postgresql.connect('shop');
        await admin.query(`ALTER ROLE "${username}" PASSWORD '${fresh}'`);
        await admin.end();
        await delivery().deliver(await publish('shop/postgres', 'literal.postgresql', { password: fresh }));
      });
      expect(load.failures.length).toBeGreaterThan(0);
    }, 300_000);
  });
});

function cipherOf(values: Readonly<Record<string, string>>): FieldCipher {
  const { encryption_key: key, encryption_key_keyring: keyring } = values;
  return new FieldCipher(Keyring.fromEnvironment({ ENCRYPTION_KEY: key, ENCRYPTION_KEYRING: keyring }));
}
