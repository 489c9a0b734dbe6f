import { VaultStore, WorkloadExternalSecret } from '../../lib/kubernetes';
import { type ShopOptions, shopEnvironment } from '../support/environment';
import { objectOf, synthesize, testChart } from '../support/objects';

const store = VaultStore.fromVaultStoreName('ClusterSecretStore', 'vault-web');

function externalSecret(options: ShopOptions = {}, workload = 'shop-web') {
  const chart = testChart();
  new WorkloadExternalSecret(chart, 'secret', { environment: shopEnvironment(options), workload, store });
  return objectOf(synthesize(chart), 'ExternalSecret', `${workload}-secrets`);
}

describe('WorkloadExternalSecret', () => {
  it('fetches each path once and delivers the declared variables only', () => {
    expect(externalSecret()).toMatchInlineSnapshot(`
     {
       "apiVersion": "external-secrets.io/v1",
       "kind": "ExternalSecret",
       "metadata": {
         "annotations": {
           "pulumi.com/waitFor": "condition=Ready",
         },
         "name": "shop-web-secrets",
         "namespace": "shop",
       },
       "spec": {
         "dataFrom": [
           {
             "extract": {
               "conversionStrategy": "Default",
               "decodingStrategy": "None",
               "key": "shop/db",
               "metadataPolicy": "None",
             },
             "rewrite": [
               {
                 "regexp": {
                   "source": "^(.*)$",
                   "target": "db__$1",
                 },
               },
             ],
           },
           {
             "extract": {
               "conversionStrategy": "Default",
               "decodingStrategy": "None",
               "key": "shop/web",
               "metadataPolicy": "None",
             },
             "rewrite": [
               {
                 "regexp": {
                   "source": "^(.*)$",
                   "target": "web__$1",
                 },
               },
             ],
           },
         ],
         "refreshInterval": "1h0m0s",
         "refreshPolicy": "Periodic",
         "secretStoreRef": {
           "kind": "ClusterSecretStore",
           "name": "vault-web",
         },
         "target": {
           "creationPolicy": "Owner",
           "deletionPolicy": "Retain",
           "name": "shop-web-secret",
           "template": {
             "data": {
               "DATABASE_URL": "postgresql://{{ .db__user | urlquery | replace "+" "%20" }}:{{ .db__password | urlquery | replace "+" "%20" }}@pg:5432/shop",
               "SESSION_KEY": "{{ .web__session_key }}",
             },
             "engineVersion": "v2",
             "mergePolicy": "Replace",
             "type": "Opaque",
           },
         },
       },
     }
    `);
  });

  it('writes the interval as the API server stores it', () => {
    expect(externalSecret({ refreshInterval: '2d' })).toHaveProperty('spec.refreshInterval', '48h0m0s');
  });

  it("writes the environment's addresses into URLs", () => {
    const url = externalSecret({ hosts: { pg: 'pg.staging.internal:6432' } });
    expect(url).toHaveProperty(
      'spec.target.template.data.DATABASE_URL',
      expect.stringContaining('@pg.staging.internal:6432/shop'),
    );
  });

  it('refers to the store that it is given', () => {
    expect(externalSecret()).toHaveProperty('spec.secretStoreRef', { kind: 'ClusterSecretStore', name: 'vault-web' });
  });
});
