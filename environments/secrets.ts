import {
  alternatingUsers,
  issued,
  keyring,
  manual,
  overlap,
  password,
  randomBase64,
  randomHex,
  redisAcl,
  username,
  vaultSecret,
} from '../lib/catalog';

/** What only the backend holds. */
export const backend = vaultSecret('nivesh/backend', {
  // Refresh tokens live 30 days (JWT_REFRESH_EXPIRES_IN), so the guide's 7 days would log everybody out.
  jwt_secret: randomHex(32, { rotation: overlap({ window: '31d', longestTokenLife: '30d', every: '90d' }) }),
  // The application uses the first 32 characters as they are, so this is the guide's `openssl rand -hex 16`.
  encryption_key: randomHex(16, { rotation: keyring({ every: '180d' }) }),
  neo4j_username: username('nivesh_app_a'),
  neo4j_password: password(40, {
    rotation: alternatingUsers({
      database: 'neo4j',
      users: ['nivesh_app_a', 'nivesh_app_b'],
      usernameField: 'neo4j_username',
      every: '90d',
    }),
  }),
  firebase_private_key: issued({ by: 'Firebase (Google Cloud service account)', format: 'pem' }),
  qdrant_api_key: randomHex(32),
  kafka_sasl_password: password(40),
});

export const postgres = vaultSecret('nivesh/postgres', {
  username: username('nivesh_app_a'),
  password: password(40, {
    rotation: alternatingUsers({
      database: 'postgresql',
      users: ['nivesh_app_a', 'nivesh_app_b'],
      usernameField: 'username',
      every: '90d',
    }),
  }),
});

export const mongo = vaultSecret('nivesh/mongo', {
  username: username('nivesh_app_a'),
  password: password(40, {
    rotation: alternatingUsers({
      database: 'mongodb',
      users: ['nivesh_app_a', 'nivesh_app_b'],
      usernameField: 'username',
      every: '90d',
    }),
  }),
});

export const redis = vaultSecret('nivesh/redis', {
  password: password(40, { rotation: redisAcl({ user: 'default', every: '90d' }) }),
});

export const clickhouse = vaultSecret('nivesh/clickhouse', {
  username: username('nivesh_app_a'),
  password: password(40, {
    rotation: alternatingUsers({
      database: 'clickhouse',
      users: ['nivesh_app_a', 'nivesh_app_b'],
      usernameField: 'username',
      every: '90d',
    }),
  }),
});

/** The key between the backend and the ML service, which accepts a list. */
export const mlApi = vaultSecret('nivesh/ml-api', {
  api_key: randomHex(32, { rotation: overlap({ window: '1h', every: '90d' }) }),
});

export const huggingface = vaultSecret('nivesh/huggingface', {
  token: issued({ by: 'Hugging Face' }),
});

export const grafana = vaultSecret('nivesh/grafana', {
  // Grafana reads the variable on its first start only.
  admin_password: password(32, {
    rotation: manual('run "grafana cli admin reset-admin-password" with the new value, then write it here'),
  }),
});

export const airflow = vaultSecret('nivesh/airflow', {
  db_username: username('airflow_a'),
  db_password: password(40, {
    rotation: alternatingUsers({
      database: 'postgresql',
      users: ['airflow_a', 'airflow_b'],
      usernameField: 'db_username',
      // Airflow has a database of its own, perhaps on another server.
      adminUrlFrom: 'AIRFLOW_ADMIN_URL',
      every: '90d',
    }),
  }),
  admin_password: password(32, {
    rotation: manual('run "airflow users reset-password" with the new value, then write it here'),
  }),
  fernet_key: randomBase64(32, { rotation: keyring({ format: 'fernet', every: '180d' }) }),
});

export const alertmanager = vaultSecret('nivesh/alertmanager', {
  slack_webhook_url: issued({ by: 'Slack', format: 'url' }),
  pagerduty_key: issued({ by: 'PagerDuty' }),
});
