import { Chart, Testing } from 'cdk8s';
import {
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  type KubernetesAuthSettings,
  manual,
  overlap,
  password,
  postgresUrl,
  randomHex,
  username,
  type VaultCa,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { RotationJob, VaultDelivery } from '../../lib/kubernetes';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { shapedCertificate } from '../support/certificate';
import { shopEnvironment } from '../support/environment';

const web = vaultSecret('shop/web', { token_key: randomHex(32, { rotation: overlap({ window: '1d' }) }) });
const desk = vaultSecret('shop/desk', { password: password(20, { rotation: manual('tell them by telephone') }) });
const admin = vaultSecret('shop/admin', {
  user: username('rotator'),
  password: password(40, { rotation: manual('by hand') }),
});

const catalog = defineCatalog({
  name: 'shop',
  workloads: {
    'shop-web': workload({
      namespace: 'shop',
      env: { TOKEN_KEY: web.token_key, TOKEN_KEY_PREVIOUS: web.token_key.previous },
    }),
    'shop-batch': workload({ namespace: 'jobs', kind: 'CronJob', env: { TOKEN_KEY: web.token_key } }),
    'shop-desk': workload({ namespace: 'shop', env: { PASSWORD: desk.password } }),
  },
});

function environment(
  ca: VaultCa = { type: 'configMap', name: 'bundle', key: 'root.pem', namespace: 'external-secrets' },
  auth: Partial<KubernetesAuthSettings> = {},
): Environment<ExternalSecretsDelivery> {
  return defineEnvironment('test', {
    catalog,
    rotation: {
      namespace: 'shop',
      image: 'registry.shop/secrets:1.2.3',
      schedule: '17 * * * *',
      env: {
        POSTGRESQL_ADMIN_URL: postgresUrl({ user: admin.user, password: admin.password, host: 'pg', database: 'shop' }),
      },
    },
    delivery: externalSecrets({
      vault: {
        address: 'https://vault:8200',
        ca,
        auth,
        audit: [
          { name: 'file', filePath: '/audit.log' },
          { name: 'stdout', filePath: 'stdout' },
        ],
      },
    }),
  });
}

function objectsOf(declared: Environment<ExternalSecretsDelivery>): KubernetesObject[] {
  const chart = new Chart(Testing.app(), 'test');
  new RotationJob(chart, 'Rotation', {
    environment: declared,
    delivery: new VaultDelivery(chart, 'Delivery', { environment: declared }),
  });
  return chart.toJson() as KubernetesObject[];
}

function cronJobOf(objects: readonly KubernetesObject[]): KubernetesObject | undefined {
  return objects.find(({ kind }) => kind === 'CronJob');
}

interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly serviceAccountName: string;
  readonly containers: readonly { readonly env: unknown; readonly envFrom: unknown; readonly args: string[] }[];
  readonly volumes: readonly { readonly name: string; readonly configMap?: object; readonly projected?: object }[];
}

function podOfJob(objects: readonly KubernetesObject[]): PodSpec {
  const { jobTemplate } = cronJobOf(objects)?.spec as {
    jobTemplate: { spec: { template: { spec: PodSpec } } };
  };
  return jobTemplate.spec.template.spec;
}

describe('RotationJob', () => {
  const objects = objectsOf(environment());

  it('runs what is due with the variables of its own workload', () => {
    const { containers, automountServiceAccountToken, serviceAccountName } = podOfJob(objects);
    expect(containers[0]?.args).toEqual(['rotate', '--due', '--yes', '--environment', 'test']);
    expect(containers[0]?.envFrom).toEqual([{ secretRef: { name: 'shop-rotator-secret' } }]);
    expect(containers[0]?.env).toEqual([
      { name: 'VAULT_ADDR', value: 'https://vault:8200' },
      { name: 'VAULT_ROLE', value: 'shop-rotation' },
      { name: 'VAULT_CACERT', value: '/etc/vault-ca/root.pem' },
      { name: 'HOME', value: '/tmp' },
      { name: 'NPM_CONFIG_UPDATE_NOTIFIER', value: 'false' },
    ]);
    expect({ automountServiceAccountToken, serviceAccountName }).toEqual({
      automountServiceAccountToken: false,
      serviceAccountName: 'shop-rotator',
    });
    const externalSecret = objects.find(({ metadata }) => metadata.name === 'shop-rotator-secrets');
    expect(externalSecret?.spec).toMatchObject({ dataFrom: [{ extract: { key: 'shop/admin' } }] });
  });

  it('may refresh and restart exactly those who read what rotates by itself, each in its namespace', () => {
    const rules = objects
      .filter(({ kind, metadata }) => kind === 'Role' && metadata.name === 'shop-rotator-rollout')
      .map(({ metadata, rules: list }) => [metadata.namespace, list]);
    expect(rules).toMatchInlineSnapshot(`
     [
       [
         "jobs",
         [
           {
             "apiGroups": [
               "external-secrets.io",
             ],
             "resourceNames": [
               "shop-batch-secrets",
             ],
             "resources": [
               "externalsecrets",
             ],
             "verbs": [
               "get",
               "patch",
             ],
           },
           {
             "apiGroups": [
               "batch",
             ],
             "resourceNames": [
               "shop-batch",
             ],
             "resources": [
               "cronjobs",
             ],
             "verbs": [
               "get",
             ],
           },
           {
             "apiGroups": [
               "batch",
             ],
             "resources": [
               "jobs",
             ],
             "verbs": [
               "list",
             ],
           },
         ],
       ],
       [
         "shop",
         [
           {
             "apiGroups": [
               "external-secrets.io",
             ],
             "resourceNames": [
               "shop-web-secrets",
             ],
             "resources": [
               "externalsecrets",
             ],
             "verbs": [
               "get",
               "patch",
             ],
           },
           {
             "apiGroups": [
               "apps",
             ],
             "resourceNames": [
               "shop-web",
             ],
             "resources": [
               "deployments",
             ],
             "verbs": [
               "get",
               "patch",
             ],
           },
           {
             "apiGroups": [
               "apps",
             ],
             "resources": [
               "replicasets",
             ],
             "verbs": [
               "list",
             ],
           },
           {
             "apiGroups": [
               "",
             ],
             "resources": [
               "pods",
             ],
             "verbs": [
               "list",
             ],
           },
         ],
       ],
     ]
    `);
    const bindings = objects.filter(
      ({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === 'shop-rotator-rollout',
    );
    expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(['jobs', 'shop']);
    bindings.forEach(({ subjects }) => {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'shop-rotator', namespace: 'shop' }]);
    });
  });

  it.each<[string, Partial<KubernetesAuthSettings>, string]>([
    ['of the API server, where Vault logs in there with it', {}, 'https://kubernetes.default.svc'],
    ['of Vault, where Vault has a token of its own', { reviewer: 'in-cluster' }, 'vault'],
  ])('logs in to Vault with a token %s', (_, auth, audience) => {
    const { volumes } = podOfJob(objectsOf(environment(undefined, auth)));
    expect(volumes.find(({ name }) => name === 'vault-token')?.projected).toEqual({
      sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600, audience } }],
    });
  });

  it("makes a ConfigMap of Vault's certificate authority where the environment declares it itself", () => {
    const made = objectsOf(environment({ type: 'certificate', pem: shapedCertificate }));
    const own = made.find(({ metadata }) => metadata.name === 'shop-rotator-vault-ca');
    expect(own).toMatchObject({ metadata: { namespace: 'shop' }, data: { 'ca.crt': shapedCertificate } });
    expect(podOfJob(made).volumes).toContainEqual({ name: 'vault-ca', configMap: { name: 'shop-rotator-vault-ca' } });
    const none = podOfJob(objectsOf(environment({ type: 'system' })));
    expect(none.volumes.map(({ name }) => name)).toEqual(['tmp', 'vault-token', 'api-token']);
  });

  it('fails in an environment that does not rotate on schedule', () => {
    expect(() => objectsOf(shopEnvironment())).toThrow(
      'environments.test.rotation: the environment does not rotate on schedule, got no rotation',
    );
  });
});
