import { defineCatalog, joined, mongodbUrl, postgresUrl, workload } from '../lib/catalog';
import * as secrets from './secrets';
import {
  airflow,
  alertmanager,
  backend,
  clickhouse,
  grafana,
  huggingface,
  mlApi,
  mongo,
  postgres,
  redis,
} from './secrets';

const postgresServer = { user: postgres.username, password: postgres.password, host: 'postgres' };

/** Nivesh: every secret and every workload that reads it. */
export const nivesh = defineCatalog({
  name: 'nivesh',
  secrets,
  workloads: {
    'nivesh-backend': workload({
      namespace: 'nivesh',
      env: {
        JWT_SECRET: backend.jwt_secret,
        JWT_SECRET_PREVIOUS: backend.jwt_secret.previous,
        ENCRYPTION_KEY: backend.encryption_key,
        ENCRYPTION_KEYRING: backend.encryption_key.keyring,
        DATABASE_URL: postgresUrl({ ...postgresServer, database: 'nivesh_db' }),
        REDIS_PASSWORD: redis.password,
        NEO4J_USERNAME: backend.neo4j_username,
        NEO4J_PASSWORD: backend.neo4j_password,
        MONGODB_URI: mongodbUrl({
          user: mongo.username,
          password: mongo.password,
          host: 'mongodb',
          database: 'nivesh_conversations',
          parameters: { authSource: 'admin' },
        }),
        CLICKHOUSE_USERNAME: clickhouse.username,
        CLICKHOUSE_PASSWORD: clickhouse.password,
        FIREBASE_PRIVATE_KEY: backend.firebase_private_key,
        ML_API_KEY: mlApi.api_key,
        QDRANT_API_KEY: backend.qdrant_api_key,
        KAFKA_SASL_PASSWORD: backend.kafka_sasl_password,
      },
    }),
    'nivesh-ml-api': workload({
      namespace: 'nivesh',
      env: {
        DATABASE_URL: postgresUrl({ ...postgresServer, database: 'nivesh_db' }),
        REDIS_PASSWORD: redis.password,
        CLICKHOUSE_USERNAME: clickhouse.username,
        CLICKHOUSE_PASSWORD: clickhouse.password,
        ML_API_KEYS: joined([mlApi.api_key, mlApi.api_key.previous]),
        HUGGINGFACE_TOKEN: huggingface.token,
      },
    }),
    'nivesh-backup': workload({
      namespace: 'nivesh',
      kind: 'CronJob',
      env: {
        POSTGRES_USER: postgres.username,
        POSTGRES_PASSWORD: postgres.password,
        MONGO_USER: mongo.username,
        MONGO_PASSWORD: mongo.password,
        REDIS_PASSWORD: redis.password,
      },
    }),
    grafana: workload({
      namespace: 'nivesh',
      env: { GRAFANA_ADMIN_PASSWORD: grafana.admin_password },
    }),
    airflow: workload({
      namespace: 'nivesh',
      env: {
        AIRFLOW_DB_USER: airflow.db_username,
        AIRFLOW_DB_PASSWORD: airflow.db_password,
        AIRFLOW_ADMIN_PASSWORD: airflow.admin_password,
        AIRFLOW__CORE__FERNET_KEY: airflow.fernet_key,
      },
    }),
    alertmanager: workload({
      namespace: 'nivesh',
      env: {
        SLACK_WEBHOOK_URL: alertmanager.slack_webhook_url,
        PAGERDUTY_KEY: alertmanager.pagerduty_key,
      },
    }),
    mlflow: workload({
      namespace: 'nivesh',
      env: { MLFLOW_BACKEND_STORE_URI: postgresUrl({ ...postgresServer, database: 'mlflow' }) },
    }),
  },
});
