import {
  type Catalog,
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  type ExternalSecretsOptions,
  password,
  postgresUrl,
  randomHex,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';

const db = vaultSecret('shop/db', { user: username('shop'), password: password(40) });
const web = vaultSecret('shop/web', { session_key: randomHex(32) });

/** A small catalog: one workload of each kind, in two namespaces. */
export const shop: Catalog = defineCatalog({
  name: 'shop',
  workloads: {
    'shop-web': workload({
      namespace: 'shop',
      env: {
        DATABASE_URL: postgresUrl({ user: db.user, password: db.password, host: 'pg', database: 'shop' }),
        SESSION_KEY: web.session_key,
      },
    }),
    queue: workload({ namespace: 'shop', kind: 'StatefulSet', env: { DB_PASSWORD: db.password } }),
    backup: workload({ namespace: 'jobs', kind: 'CronJob', env: { DB_USER: db.user, DB_PASSWORD: db.password } }),
  },
});

/** What {@link shopEnvironment} takes. */
export interface ShopOptions extends Omit<ExternalSecretsOptions, 'vault'> {
  readonly vault?: Partial<ExternalSecretsOptions['vault']>;
  readonly hosts?: Environment['hosts'];
}

/** The small catalog, delivered from Vault. */
export function shopEnvironment(options: ShopOptions = {}): Environment<ExternalSecretsDelivery> {
  const { vault, hosts = {}, ...delivery } = options;
  return defineEnvironment('test', {
    catalog: shop,
    hosts,
    delivery: externalSecrets({
      ...delivery,
      vault: {
        address: 'https://vault:8200',
        ca: { type: 'configMap', name: 'ca', key: 'ca.crt', namespace: 'external-secrets' },
        audit: [
          { name: 'file', filePath: '/audit.log' },
          { name: 'stdout', filePath: 'stdout' },
        ],
        ...vault,
      },
    }),
  });
}
