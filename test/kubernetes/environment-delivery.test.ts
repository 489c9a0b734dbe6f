import { ApiObject } from 'cdk8s';
import { enforceObjectRules, VaultDelivery } from '../../lib/kubernetes';
import { shopEnvironment } from '../support/environment';
import { namesOf, synthesize, testChart } from '../support/objects';

describe('VaultDelivery', () => {
  it('makes an identity, a store and an ExternalSecret for each workload, in an order in which they work', () => {
    const chart = testChart();
    new VaultDelivery(chart, 'Delivery', { environment: shopEnvironment() });
    expect(namesOf(synthesize(chart))).toMatchInlineSnapshot(`
     [
       "ServiceAccount shop/shop-web",
       "Role shop/shop-web-token",
       "RoleBinding shop/shop-web-token",
       "ClusterRoleBinding shop-web-token-review",
       "ClusterSecretStore vault-web",
       "ExternalSecret shop/shop-web-secrets",
       "ServiceAccount shop/queue",
       "Role shop/queue-token",
       "RoleBinding shop/queue-token",
       "ClusterRoleBinding shop-queue-token-review",
       "ClusterSecretStore vault-queue",
       "ExternalSecret shop/queue-secrets",
       "ServiceAccount jobs/backup",
       "Role jobs/backup-token",
       "RoleBinding jobs/backup-token",
       "ClusterRoleBinding shop-backup-token-review",
       "ClusterSecretStore vault-backup",
       "ExternalSecret jobs/backup-secrets",
     ]
    `);
  });

  it('hands the Secrets out in the order of the catalog', () => {
    const delivery = new VaultDelivery(testChart(), 'Delivery', { environment: shopEnvironment() });
    expect(delivery.secrets.map(({ name }) => name)).toEqual(['shop-web-secret', 'queue-secret', 'backup-secret']);
    expect(delivery.secretOf('queue')).toBe(delivery.secrets[1]);
  });

  it('fails for a workload that nothing makes a Secret for', () => {
    const delivery = new VaultDelivery(testChart(), 'Delivery', { environment: shopEnvironment() });
    expect(() => delivery.secretOf('web')).toThrowErrorMatchingInlineSnapshot(`
     "delivery of environment "test" has 1 problem
       test/Delivery: no Secret is made for this workload, got "web", allowed: "shop-web", "queue", "backup", fix: correct the name, or declare the workload in the catalog"
    `);
  });

  it('fails for two deliveries of one catalog in one chart', () => {
    const chart = testChart();
    new VaultDelivery(chart, 'One', { environment: shopEnvironment() });
    new VaultDelivery(chart, 'Two', { environment: shopEnvironment() });
    expect(() => synthesize(chart)).toThrow(
      'test/One/queue-store/Resource, test/Two/queue-store/Resource: the same object is made more than once, got ClusterSecretStore vault-queue, 2 times',
    );
  });

  it('adds up the Secrets that several deliveries of a chart know to be made elsewhere', () => {
    const chart = testChart();
    enforceObjectRules(chart, { secretsMadeElsewhere: ['shop/tls'] });
    new VaultDelivery(chart, 'Delivery', { environment: shopEnvironment(), secretsMadeElsewhere: ['shop/other'] });
    const volumes = ['tls', 'other', 'gone'].map((secretName) => ({ name: secretName, secret: { secretName } }));
    new ApiObject(chart, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod', namespace: 'shop' },
      spec: { containers: [{ name: 'main', image: 'a' }], volumes },
    });
    expect(() => synthesize(chart)).toThrow(/^Validation failed[^\n]*\n[^\n]*got Secret shop\/gone[^\n]*$/);
  });
});
