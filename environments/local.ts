import { defineEnvironment, dotenv } from '../lib/catalog';
import { nivesh } from './catalog';
import { airflow, backend, clickhouse, grafana, mongo, postgres, redis } from './secrets';

/** A laptop: git-ignored `.env` files beside the committed examples. */
export const local = defineEnvironment('local', {
  catalog: nivesh,
  hosts: { postgres: 'localhost', mongodb: 'localhost' },
  delivery: dotenv({
    files: [
      {
        path: '.env',
        example: 'docker-compose.env.example',
        env: {
          POSTGRES_USER: postgres.username,
          POSTGRES_PASSWORD: postgres.password,
          NEO4J_PASSWORD: backend.neo4j_password,
          MONGO_USER: mongo.username,
          MONGO_PASSWORD: mongo.password,
          REDIS_PASSWORD: redis.password,
          CLICKHOUSE_USER: clickhouse.username,
          CLICKHOUSE_PASSWORD: clickhouse.password,
          GRAFANA_ADMIN_PASSWORD: grafana.admin_password,
          AIRFLOW_DB_USER: airflow.db_username,
          AIRFLOW_DB_PASSWORD: airflow.db_password,
          AIRFLOW_ADMIN_PASSWORD: airflow.admin_password,
          FIREBASE_PRIVATE_KEY: backend.firebase_private_key,
        },
      },
      {
        path: 'backend/.env',
        example: 'backend/.env.example',
        workloads: ['nivesh-backend'],
        // The example names the parts of DATABASE_URL as well.
        env: { POSTGRES_USER: postgres.username, POSTGRES_PASSWORD: postgres.password },
      },
      { path: 'ml-services/.env', example: 'ml-services/.env.example', workloads: ['nivesh-ml-api'] },
    ],
  }),
});
