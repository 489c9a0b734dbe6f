import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  alternatingUsers,
  defineCatalog,
  type Environment,
  type ExternalSecretsDelivery,
  keyring,
  overlap,
  password,
  postgresUrl,
  randomHex,
  redisAcl,
  username,
  vaultSecret,
  workload,
} from '../../../../lib/catalog';
import { nodeImage, type Platform, ServiceBalancer, startPlatform } from '../../../../lib/embedded';
import { FieldCipher, Keyring } from '../../../../lib/encryption';
import type { KubernetesObject } from '../../../../lib/kubernetes/client';
import { isReady, listOwnedPods } from '../../../../lib/kubernetes/pods';
import type { KvEngine } from '../../../../lib/vault/kv';
import { seed } from '../../../../lib/vault/seed';
import { PostgresqlServer } from '../../../support/postgresql';
import { RedisServer } from '../../../support/redis';
import { waitUntil } from '../cluster';
import { deliverWithoutPulumi, makeEngine, testEnvironment } from '../deliver';
import { Ends } from '../ends';
import { type Forwarder, forward } from '../forwarder';
import { buildPodProgram, type PodProgram } from './build';

const namespace = 'shop';

export const secrets = {
  backend: vaultSecret('shop/backend', {
    jwt_secret: randomHex(32, { rotation: overlap({ window: '31s', longestTokenLife: '30s' }) }),
    encryption_key: randomHex(16, { rotation: keyring({ targets: 'reencryption.yaml' }) }),
    feature_key: randomHex(16),
  }),
  postgres: vaultSecret('shop/postgres', {
    username: username('shop_a'),
    password: password(40, {
      rotation: alternatingUsers({ database: 'postgresql', users: ['shop_a', 'shop_b'], usernameField: 'username' }),
    }),
  }),
  redis: vaultSecret('shop/redis', { password: password(40, { rotation: redisAcl({ user: 'default' }) }) }),
};

const { backend, postgres, redis } = secrets;

const env = {
  JWT_SECRET: backend.jwt_secret,
  JWT_SECRET_PREVIOUS: backend.jwt_secret.previous,
  ENCRYPTION_KEY: backend.encryption_key,
  ENCRYPTION_KEYRING: backend.encryption_key.keyring,
  FEATURE_KEY: backend.feature_key,
  DATABASE_URL: postgresUrl({
    user: postgres.username,
    password: postgres.password,
    host: 'postgres',
    database: 'shop',
  }),
  REDIS_PASSWORD: redis.password,
};

/** The one that signs comes after the one that only verifies in no phase: that is what the phases are for. */
export const replicas = { 'shop-web': 3, 'shop-api': 2 } as const;
export type ShopWorkload = keyof typeof replicas;
export const shopWorkloads = Object.keys(replicas) as ShopWorkload[];

const catalog = defineCatalog({
  name: 'shop',
  workloads: { 'shop-web': workload({ namespace, env }), 'shop-api': workload({ namespace, env }) },
});

/** What of it is encrypted where, for the rotation of the key. */
const targets = `targets:
  - store: postgresql
    urlFrom: POSTGRESQL_ADMIN_URL
    table: customers
    primaryKey: id
    columns: [phone]
`;

interface ShopParts {
  readonly folder: string;
  readonly platform: Platform;
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly kv: KvEngine;
  readonly postgresql: PostgresqlServer;
  readonly redis: RedisServer;
  readonly balancers: ReadonlyMap<ShopWorkload, ServiceBalancer>;
}

/** Two services in several real pods, with the servers that they use, each behind a balancer. */
export class Shop {
  /** Holds the file of what is encrypted where. */
  readonly folder: string;
  readonly platform: Platform;
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly kv: KvEngine;
  readonly postgresql: PostgresqlServer;
  readonly redis: RedisServer;
  readonly #balancers: ReadonlyMap<ShopWorkload, ServiceBalancer>;
  readonly #ends: Ends;

  private constructor(parts: ShopParts, ends: Ends) {
    this.folder = parts.folder;
    this.platform = parts.platform;
    this.environment = parts.environment;
    this.kv = parts.kv;
    this.postgresql = parts.postgresql;
    this.redis = parts.redis;
    this.#balancers = parts.balancers;
    this.#ends = ends;
  }

  static async open(): Promise<Shop> {
    const ends = new Ends();
    try {
      return new Shop(await openParts(ends), ends);
    } catch (error) {
      await ends.run();
      throw error;
    }
  }

  /** What a person who rotates has in the environment. */
  get administrators(): Readonly<Record<string, string>> {
    return { POSTGRESQL_ADMIN_URL: this.postgresql.url('shop'), REDIS_ADMIN_URL: this.redis.url() };
  }

  /** `127.0.0.1:port` of a service. */
  addressOf(name: ShopWorkload): string {
    return this.#balancers.get(name)?.address ?? '';
  }

  async close(): Promise<void> {
    await this.#ends.run();
  }
}

async function openParts(ends: Ends): Promise<ShopParts> {
  const program = await buildPodProgram(join(__dirname, 'application.ts'));
  const directory = mkdtempSync(join(tmpdir(), 'shop-'));
  ends.add(() => {
    [program.folder, directory].forEach((folder) => {
      rmSync(folder, { recursive: true, force: true });
    });
  });
  writeFileSync(join(program.folder, 'reencryption.yaml'), targets);
  const platform = await startPlatform({ directory, workloads: 'pods' });
  ends.add(async () => {
    await platform.stop();
  });
  const postgresql = await PostgresqlServer.start();
  const redisServer = await RedisServer.start({ users: 'aclfile' });
  const { gateway } = platform.pods;
  const postgresForward = await forward(gateway, Number(new URL(postgresql.url()).port));
  const redisForward = await forward(gateway, redisServer.port);
  ends.add(async () => {
    await Promise.all([postgresForward.close(), redisForward.close()]);
    await Promise.all([postgresql.stop(), redisServer.stop()]);
  });

  const kv = await makeEngine(platform, 'secret');
  await seed(catalog, kv);
  await firstValues(kv, postgresql, redisServer);
  const environment = { ...testEnvironment(platform, catalog), hosts: { postgres: postgresForward.address } };
  await deliverWithoutPulumi(platform, environment);
  for (const object of shopWorkloads.flatMap((name) => objectsOf(name, program, redisForward))) {
    await platform.kubernetes.apply(object, 'test');
  }
  await waitUntil('every pod is ready', 120_000, async () => {
    const pods = (await listOwnedPods(platform.kubernetes, namespace)).filter(({ pod }) => isReady(pod));
    return pods.length === replicas['shop-web'] + replicas['shop-api'];
  });
  const balancers = new Map<ShopWorkload, ServiceBalancer>();
  for (const name of shopWorkloads) {
    const balancer = await ServiceBalancer.start(platform.kubernetes, { namespace, service: name });
    balancers.set(name, balancer);
    ends.add(async () => {
      await balancer.close();
    });
  }
  await waitUntil('the balancers know every pod', 30_000, async () => {
    return await Promise.resolve(
      shopWorkloads.every((name) => balancers.get(name)?.backends.length === replicas[name]),
    );
  });
  return { folder: program.folder, platform, environment, kv, postgresql, redis: redisServer, balancers };
}

/** What the servers had before anybody rotated: users, rows in the old format of encryption. */
async function firstValues(kv: KvEngine, postgresql: PostgresqlServer, redisServer: RedisServer): Promise<void> {
  const { version = 0 } = (await kv.read('shop/redis')) ?? {};
  await kv.patch('shop/redis', version, { password: redisServer.user.password });
  const login = (await kv.read('shop/postgres'))?.data;
  const { data: keys = {} } = (await kv.read('shop/backend')) ?? {};
  const cipher = new FieldCipher(
    Keyring.fromEnvironment({ ENCRYPTION_KEY: keys.encryption_key, ENCRYPTION_KEYRING: keys.encryption_key_keyring }),
  );
  await postgresql.createDatabase('shop');
  const admin = await postgresql.connect('shop');
  try {
    await admin.query('CREATE ROLE shop NOLOGIN');
    await admin.query(`CREATE ROLE shop_a LOGIN IN ROLE shop PASSWORD '${login?.password ?? ''}'`);
    await admin.query(`ALTER ROLE shop_a SET role = 'shop'`);
    await admin.query('CREATE TABLE customers (id integer PRIMARY KEY, phone text NOT NULL)');
    await admin.query('ALTER TABLE customers OWNER TO shop');
    for (let id = 1; id <= 100; id++) {
      const place = { table: 'customers', column: 'phone', primaryKey: id };
      const phone = cipher.encrypt(`+91 00000 ${String(id).padStart(5, '0')}`, place);
      await admin.query('INSERT INTO customers VALUES ($1, $2)', [id, phone]);
    }
  } finally {
    await admin.end();
  }
}

const port = 8080;

function objectsOf(name: ShopWorkload, program: PodProgram, redisForward: Forwarder): KubernetesObject[] {
  const labels = { app: name };
  const volumes = program.mounts.map(({ hostPath }, index) => ({
    name: `part-${index}`,
    hostPath: { path: hostPath },
  }));
  const container = {
    name: 'main',
    image: nodeImage,
    imagePullPolicy: 'Never',
    command: program.command,
    env: [
      { name: 'PORT', value: String(port) },
      { name: 'REDIS_URL', value: `redis://${redisForward.address}` },
    ],
    envFrom: [{ secretRef: { name: `${name}-secret` } }],
    volumeMounts: program.mounts.map(({ mountPath }, index) => ({ name: `part-${index}`, mountPath, readOnly: true })),
    readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3 },
    // The balancer, as kube-proxy, learns of the end while it happens.
    lifecycle: { preStop: { sleep: { seconds: 3 } } },
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: replicas[name],
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        progressDeadlineSeconds: 60,
        template: {
          metadata: { labels },
          spec: {
            enableServiceLinks: false,
            serviceAccountName: name,
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 20,
            containers: [container],
            volumes,
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: labels, ports: [{ port: 80, targetPort: port }] },
    },
  ];
}

/** Any of some things. */
export function oneOf<T>(things: readonly [T, ...T[]]): T {
  return things[randomInt(things.length)] ?? things[0];
}
