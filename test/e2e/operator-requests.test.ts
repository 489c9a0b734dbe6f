import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { countServedRequests, type ServedRequests } from '../../lib/audit/served-requests';
import { defineCatalog, password, randomHex, vaultSecret, workload } from '../../lib/catalog';
import { type Platform, startPlatform } from '../../lib/embedded';
import { refreshExternalSecret } from '../../lib/kubernetes/refresh';
import { seed } from '../../lib/vault/seed';
import { secretData, waitUntil } from './support/cluster';
import { auditLogOfTest, deliverWithoutPulumi, makeEngine, testEnvironment } from './support/deliver';

/** The guide's backend: seven variables out of one Vault key. */
const backend = vaultSecret('guide/backend', {
  jwt_secret: randomHex(32),
  encryption_key: randomHex(16),
  database_url: password(40),
  redis_password: password(40),
  neo4j_password: password(40),
  mongo_password: password(40),
  clickhouse_password: password(40),
});

const catalog = defineCatalog({
  name: 'guide',
  workloads: {
    'guide-backend': workload({
      namespace: 'guide',
      env: {
        JWT_SECRET: backend.jwt_secret,
        ENCRYPTION_KEY: backend.encryption_key,
        DATABASE_URL: backend.database_url,
        REDIS_PASSWORD: backend.redis_password,
        NEO4J_PASSWORD: backend.neo4j_password,
        MONGO_PASSWORD: backend.mongo_password,
        CLICKHOUSE_PASSWORD: backend.clickhouse_password,
      },
    }),
  },
});

describe('requests that one refresh of a seven-key secret costs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'operator-requests-'));
  let platform: Platform;
  let auditLog: string;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
    auditLog = auditLogOfTest(platform);
    await seed(catalog, await makeEngine(platform, 'secret'));
    await deliverWithoutPulumi(platform, testEnvironment(platform, catalog));
    await waitUntil('the Secret is delivered', 30_000, async () => {
      return Object.keys(await secretData(platform, catalog, 'guide-backend')).length === 7;
    });
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /**
   * What Vault answered for one refresh, once nothing more comes. No value changes: where the Secret is written, its event
   * has the operator look again, and where it sees the status of before then, it refreshes once more.
   */
  async function requestsOfRefresh(): Promise<ServedRequests | undefined> {
    const { size } = statSync(auditLog);
    await refreshExternalSecret(platform.kubernetes, { namespace: 'guide', name: 'guide-backend-secrets' });
    // The operator gives its token back after the Secret is written.
    await delay(1_000);
    return (await countServedRequests(auditLog, size)).get('guide-backend');
  }

  async function requestsOfFiveRefreshes(): Promise<(ServedRequests | undefined)[]> {
    const counts: (ServedRequests | undefined)[] = [];
    for (let round = 0; round < 5; round++) {
      counts.push(await requestsOfRefresh());
    }
    return counts;
  }

  it('is 4 without the token cache: login, one read, lookup, revoke', async () => {
    const requests = { logins: 1, reads: 1, lookups: 1, revocations: 1, total: 4, denied: 0 };
    expect(await requestsOfFiveRefreshes()).toEqual(Array(5).fill(requests));
  });

  it('is 2 with the token cache: one read, lookup', async () => {
    await platform.restart('external-secrets', { tokenCache: true });
    await requestsOfRefresh();
    const requests = { logins: 0, reads: 1, lookups: 1, revocations: 0, total: 2, denied: 0 };
    expect(await requestsOfFiveRefreshes()).toEqual(Array(5).fill(requests));
  });
});
