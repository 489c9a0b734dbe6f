import {
  defineCatalog,
  overlap,
  password,
  postgresUrl,
  randomHex,
  username,
  vaultSecret,
  workload,
} from 'nivesh-secrets';

const backend = vaultSecret('shop/backend', {
  jwt_secret: randomHex(32, { rotation: overlap({ window: '31d', longestTokenLife: '30d' }) }),
});
const postgres = vaultSecret('shop/postgres', { user: username('shop'), password: password(40) });

export const shop = defineCatalog({
  name: 'shop',
  workloads: {
    'shop-backend': workload({
      namespace: 'shop',
      env: {
        JWT_SECRET: backend.jwt_secret,
        JWT_SECRET_PREVIOUS: backend.jwt_secret.previous,
        DATABASE_URL: postgresUrl({ ...postgres, host: 'postgres', database: 'shop' }),
      },
    }),
  },
});
