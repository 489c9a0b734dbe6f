import { VaultCertificateAuthority, VaultStore, WorkloadIdentity } from '../../lib/kubernetes';
import { type ShopOptions, shopEnvironment } from '../support/environment';
import { namesOf, objectOf, synthesize, testChart } from '../support/objects';

function stores(options: ShopOptions = {}, workloads = ['shop-web']) {
  const chart = testChart();
  const environment = shopEnvironment(options);
  const certificateAuthority = new VaultCertificateAuthority(chart, 'ca', { environment });
  for (const workload of workloads) {
    const { namespace } = environment.catalog.workloads[workload] ?? { namespace: '' };
    const identity = WorkloadIdentity.fromServiceAccountName({ name: workload, namespace });
    new VaultStore(chart, workload, { environment, workload, identity, certificateAuthority });
  }
  return synthesize(chart);
}

describe('VaultStore', () => {
  it('is a cluster-wide store that serves one namespace as one service account', () => {
    expect(stores()).toMatchInlineSnapshot(`
     [
       {
         "apiVersion": "external-secrets.io/v1",
         "kind": "ClusterSecretStore",
         "metadata": {
           "annotations": {
             "pulumi.com/waitFor": "condition=Ready",
           },
           "name": "vault-web",
         },
         "spec": {
           "conditions": [
             {
               "namespaces": [
                 "shop",
               ],
             },
           ],
           "provider": {
             "vault": {
               "auth": {
                 "kubernetes": {
                   "mountPath": "kubernetes",
                   "role": "shop-web",
                   "serviceAccountRef": {
                     "audiences": [
                       "vault",
                       "https://kubernetes.default.svc",
                     ],
                     "name": "shop-web",
                     "namespace": "shop",
                   },
                 },
               },
               "caProvider": {
                 "key": "ca.crt",
                 "name": "ca",
                 "namespace": "external-secrets",
                 "type": "ConfigMap",
               },
               "path": "secret",
               "server": "https://vault:8200",
               "version": "v2",
             },
           },
         },
       },
     ]
    `);
  });

  it('is a store of the namespace where the environment says so, without any foreign namespace in it', () => {
    const store = objectOf(
      stores({ storeKind: 'SecretStore', vault: { ca: { type: 'system' } } }),
      'SecretStore',
      'vault-web',
    );
    expect(store).toMatchInlineSnapshot(`
     {
       "apiVersion": "external-secrets.io/v1",
       "kind": "SecretStore",
       "metadata": {
         "annotations": {
           "pulumi.com/waitFor": "condition=Ready",
         },
         "name": "vault-web",
         "namespace": "shop",
       },
       "spec": {
         "provider": {
           "vault": {
             "auth": {
               "kubernetes": {
                 "mountPath": "kubernetes",
                 "role": "shop-web",
                 "serviceAccountRef": {
                   "audiences": [
                     "vault",
                     "https://kubernetes.default.svc",
                   ],
                   "name": "shop-web",
                 },
               },
             },
             "path": "secret",
             "server": "https://vault:8200",
             "version": "v2",
           },
         },
       },
     }
    `);
    expect(JSON.stringify(store.spec)).not.toContain('namespace');
  });

  it.each([
    ['client-jwt', ['vault', 'https://kubernetes.default.svc']],
    ['in-cluster', ['vault']],
    ['token-reviewer-jwt', ['vault']],
  ] as const)('asks for tokens whose audience suits the reviewer %s', (reviewer, audiences) => {
    const store = objectOf(stores({ vault: { auth: { reviewer } } }), 'ClusterSecretStore', 'vault-web');
    expect(store).toHaveProperty('spec.provider.vault.auth.kubernetes.serviceAccountRef.audiences', audiences);
  });

  it('takes addresses and mounts from the environment', () => {
    const vault = {
      address: 'https://other:1',
      mount: 'kv/team',
      auth: { mount: 'k8s/a', audience: 'v', apiServerAudience: 'api' },
    };
    const store = objectOf(stores({ vault }), 'ClusterSecretStore', 'vault-web');
    expect(store).toHaveProperty('spec.provider.vault.server', 'https://other:1');
    expect(store).toHaveProperty('spec.provider.vault.path', 'kv/team');
    expect(store).toHaveProperty('spec.provider.vault.auth.kubernetes.mountPath', 'k8s/a');
    expect(store).toHaveProperty('spec.provider.vault.auth.kubernetes.serviceAccountRef.audiences', ['v', 'api']);
  });

  it('can refer to a store that exists', () => {
    expect(VaultStore.fromVaultStoreName('SecretStore', 'x')).toEqual({ kind: 'SecretStore', name: 'x' });
  });

  it('fails for a workload that the catalog does not have', () => {
    expect(() => stores({}, ['web'])).toThrow(
      /no such workload in the catalog, got "web", allowed: "shop-web", "queue", "backup"/,
    );
  });
});

describe('VaultCertificateAuthority', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const certificate = { vault: { ca: { type: 'certificate', pem } as const } };
  const everyone = ['shop-web', 'queue', 'backup'];

  it('makes one ConfigMap beside the operator for cluster-wide stores', () => {
    const objects = stores(certificate, everyone);
    expect(namesOf(objects).filter((name) => name.startsWith('ConfigMap'))).toEqual([
      'ConfigMap external-secrets/vault-ca',
    ]);
    expect(objectOf(objects, 'ConfigMap', 'vault-ca')).toHaveProperty('data', { 'ca.crt': pem });
    expect(objectOf(objects, 'ClusterSecretStore', 'vault-backup')).toHaveProperty('spec.provider.vault.caProvider', {
      type: 'ConfigMap',
      name: 'vault-ca',
      key: 'ca.crt',
      namespace: 'external-secrets',
    });
  });

  it('makes one ConfigMap a namespace for stores of namespaces', () => {
    const objects = stores({ ...certificate, storeKind: 'SecretStore' }, everyone);
    expect(namesOf(objects).filter((name) => name.startsWith('ConfigMap'))).toEqual([
      'ConfigMap shop/vault-ca',
      'ConfigMap jobs/vault-ca',
    ]);
    expect(objectOf(objects, 'SecretStore', 'vault-backup')).toHaveProperty('spec.provider.vault.caProvider', {
      type: 'ConfigMap',
      name: 'vault-ca',
      key: 'ca.crt',
    });
  });

  it('makes nothing where the authority is trusted already', () => {
    const objects = stores({ vault: { ca: { type: 'system' } } }, everyone);
    expect(namesOf(objects)).toEqual(
      ['shop-web', 'queue', 'backup'].map((name) => `ClusterSecretStore vault-${name.replace('shop-', '')}`),
    );
    expect(JSON.stringify(objects)).not.toContain('caProvider');
  });
});
