import { checkDelivery, deliveryFindings, explainDelivery, isDelivered } from '../../lib/check/delivery';
import { staleDeliveries, unreadyStores } from '../../lib/check/freshness';
import { KvEngine } from '../../lib/vault/kv';
import { VaultClient } from '../../lib/vault/client';
import { type Answer, ApiServer } from '../support/api-server';
import { shopEnvironment } from '../support/environment';
import { FakeVault } from '../support/fake-vault';

const environment = shopEnvironment({ refreshInterval: '15m' });
const refreshTime = '2026-11-26T12:00:00Z';
const ready = { conditions: [{ type: 'Ready', status: 'True' }], refreshTime };
const kinds = (...names: [name: string, kind: string][]) => ({
  body: { resources: names.map(([name, kind]) => ({ name, kind, namespaced: kind !== 'ClusterSecretStore' })) },
});

/** A cluster in which everything is delivered, but for what a test says. */
function cluster(other: Readonly<Record<string, Answer>> = {}): ApiServer {
  const secrets = '/api/v1/namespaces';
  const group = '/apis/external-secrets.io/v1';
  const answers: Record<string, Answer> = {
    '/api/v1': kinds(['secrets', 'Secret']),
    [group]: kinds(['externalsecrets', 'ExternalSecret'], ['clustersecretstores', 'ClusterSecretStore']),
    [`${group}/namespaces/shop/externalsecrets/shop-web-secrets`]: { body: { status: ready } },
    [`${group}/namespaces/shop/externalsecrets/queue-secrets`]: { body: { status: ready } },
    [`${group}/namespaces/jobs/externalsecrets/backup-secrets`]: { body: { status: ready } },
    [`${secrets}/shop/secrets/shop-web-secret`]: { body: { data: { DATABASE_URL: '', SESSION_KEY: '' } } },
    [`${secrets}/shop/secrets/queue-secret`]: { body: { data: { DB_PASSWORD: '' } } },
    [`${secrets}/jobs/secrets/backup-secret`]: { body: { data: { DB_USER: '', DB_PASSWORD: '' } } },
    [`${group}/clustersecretstores/vault-web`]: { body: { status: ready } },
    [`${group}/clustersecretstores/vault-queue`]: { body: { status: ready } },
    [`${group}/clustersecretstores/vault-backup`]: { body: { status: ready } },
    ...other,
  };
  return new ApiServer((path) => answers[path]);
}

const metadata = { version: 1, deletion_time: '', destroyed: false };
const vaultAnswers = {
  'GET secret/subkeys/shop/db?depth=1': () => ({ subkeys: { user: null, password: null }, metadata }),
  'GET secret/subkeys/shop/web?depth=1': () => ({ subkeys: { session_key: null }, metadata }),
};

async function deliveries(server: ApiServer, answers: Parameters<typeof FakeVault.start>[0] = vaultAnswers) {
  const vault = await FakeVault.start(answers);
  const client = new VaultClient(vault.connection);
  const kubernetes = await server.start();
  try {
    return {
      deliveries: await checkDelivery(environment, kubernetes, new KvEngine(client, 'secret')),
      stores: await unreadyStores(environment, kubernetes),
    };
  } finally {
    await Promise.all([client.close(), kubernetes.close(), vault.stop(), server.stop()]);
  }
}

describe('checkDelivery', () => {
  it('finds nothing wrong where every Secret has exactly the declared keys', async () => {
    const found = await deliveries(cluster());
    expect(found.deliveries.map((delivery) => [delivery.workload, isDelivered(delivery)])).toEqual([
      ['shop-web', true],
      ['queue', true],
      ['backup', true],
    ]);
    expect(found.stores).toEqual([]);
  });

  it('names keys of a Secret that are missing, and those that nobody declared', async () => {
    const found = await deliveries(
      cluster({ '/api/v1/namespaces/jobs/secrets/backup-secret': { body: { data: { DB_USER: '', SNEAKED_IN: '' } } } }),
    );
    expect(found.deliveries.flatMap((delivery) => explainDelivery(delivery, 'test'))).toEqual([
      'backup: Secret jobs/backup-secret lacks DB_PASSWORD; fix: kubectl describe externalsecret --namespace jobs backup-secrets',
      expect.stringMatching(/^backup: Secret jobs\/backup-secret has undeclared SNEAKED_IN; fix: declare them/),
    ]);
  });

  it('names a field that Vault lacks, and an ExternalSecret that is not ready or not there', async () => {
    const base = '/apis/external-secrets.io/v1/namespaces';
    const unready = { conditions: [{ type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'no' }] };
    const found = await deliveries(
      cluster({
        [`${base}/shop/externalsecrets/queue-secrets`]: { body: { status: unready } },
        [`${base}/jobs/externalsecrets/backup-secrets`]: { status: 404 },
      }),
      { ...vaultAnswers, 'GET secret/subkeys/shop/web?depth=1': () => ({ subkeys: {}, metadata }) },
    );
    expect(
      found.deliveries
        .flatMap((delivery) => deliveryFindings(delivery, 'test'))
        .map(({ object, message, fix }) => [object, message, fix]),
    ).toEqual([
      [
        'shop-web',
        'Vault has no field shop/web.session_key, so ExternalSecret shop/shop-web-secrets cannot be made',
        'nivesh-secrets seed --environment test',
      ],
      [
        'queue',
        'ExternalSecret shop/queue-secrets is not ready: SecretSyncedError: no',
        'kubectl describe externalsecret --namespace shop queue-secrets',
      ],
      [
        'backup',
        'ExternalSecret jobs/backup-secrets is not ready: it does not exist',
        'apply the manifests: pulumi up',
      ],
    ]);
  });
});

describe('unreadyStores', () => {
  it('names a store that the operator cannot use, and leaves one that is gone to drift', async () => {
    const base = '/apis/external-secrets.io/v1/clustersecretstores';
    const invalid = { conditions: [{ type: 'Ready', status: 'False', reason: 'InvalidProviderConfig', message: 'x' }] };
    const { stores } = await deliveries(
      cluster({ [`${base}/vault-web`]: { body: { status: invalid } }, [`${base}/vault-queue`]: { status: 404 } }),
    );
    expect(stores.map(({ check, object, message }) => [check, object, message])).toEqual([
      ['delivery', 'ClusterSecretStore vault-web', 'it is not ready: InvalidProviderConfig: x'],
    ]);
  });
});

describe('staleDeliveries', () => {
  it('allows two intervals and not a second more', async () => {
    const found = await deliveries(cluster());
    const after = (seconds: number) =>
      staleDeliveries(environment, found.deliveries, Date.parse(refreshTime) + seconds * 1000);
    expect(after(30 * 60)).toEqual([]);
    expect(after(30 * 60 + 1)).toHaveLength(3);
    expect(after(30 * 60 + 1)[0]).toMatchObject({
      object: 'ExternalSecret shop/shop-web-secrets',
      message: 'last refreshed 2026-11-26T12:00:00Z, allowed: within 2 intervals of 15m',
    });
  });

  it('finds one that is Ready and was never refreshed', async () => {
    const status = { conditions: ready.conditions };
    const found = await deliveries(
      cluster({ '/apis/external-secrets.io/v1/namespaces/shop/externalsecrets/queue-secrets': { body: { status } } }),
    );
    const findings = staleDeliveries(environment, found.deliveries, Date.parse(refreshTime));
    expect(findings.map(({ message }) => message)).toEqual([
      'it was never refreshed, allowed: within 2 intervals of 15m',
    ]);
  });
});
