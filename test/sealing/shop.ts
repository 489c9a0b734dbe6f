import {
  defineCatalog,
  issued,
  joined,
  overlap,
  password,
  postgresUrl,
  randomHex,
  username,
  vaultSecret,
  workload,
} from '../../lib/catalog';

const server = vaultSecret('shop/server', {
  jwt_secret: randomHex(32, { rotation: overlap({ window: '2h' }) }),
  mail_key: issued({ by: 'the mail provider' }),
});
const database = vaultSecret('shop/database', { username: username('shop'), password: password(40) });

/** A small catalog with every kind of variable: own, shared, composed, issued, named. */
export const shop = defineCatalog({
  name: 'shop',
  secrets: { server, database },
  workloads: {
    'shop-server': workload({
      namespace: 'shop',
      env: {
        MAIL_KEY: server.mail_key,
        JWT_SECRET: server.jwt_secret,
        JWT_SECRETS: joined([server.jwt_secret, server.jwt_secret.previous]),
        DATABASE_URL: postgresUrl({
          user: database.username,
          password: database.password,
          host: 'postgres',
          database: 'shop',
        }),
      },
    }),
    'shop-backup': workload({
      namespace: 'shop',
      kind: 'CronJob',
      env: { POSTGRES_USER: database.username, POSTGRES_PASSWORD: database.password },
    }),
  },
});
