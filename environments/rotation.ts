import {
  host,
  manual,
  mongodbUrl,
  password,
  postgresUrl,
  type RotationScheduleOptions,
  url,
  username,
  vaultSecret,
} from '../lib/catalog';

const byHand = {
  rotation: manual('give the administrator the new password in the database, then write it here'),
};

/** Accounts that may change the passwords of others, and do nothing else. */
const administrators = vaultSecret('nivesh/administrators', {
  postgres_username: username('nivesh_rotator'),
  postgres_password: password(40, byHand),
  redis_username: username('nivesh_rotator'),
  redis_password: password(40, byHand),
  mongo_username: username('nivesh_rotator'),
  mongo_password: password(40, byHand),
  neo4j_username: username('nivesh_rotator'),
  neo4j_password: password(40, byHand),
  clickhouse_username: username('nivesh_rotator'),
  clickhouse_password: password(40, byHand),
});

/** Looks every hour what is due. */
export const rotation: RotationScheduleOptions = {
  namespace: 'nivesh',
  image: 'nivesh/secrets:1.0.0',
  schedule: '17 * * * *',
  env: {
    POSTGRESQL_ADMIN_URL: postgresUrl({
      user: administrators.postgres_username,
      password: administrators.postgres_password,
      host: 'postgres',
      database: 'nivesh_db',
    }),
    // Airflow's database is on the same server.
    AIRFLOW_ADMIN_URL: postgresUrl({
      user: administrators.postgres_username,
      password: administrators.postgres_password,
      host: 'postgres',
      database: 'airflow',
    }),
    REDIS_ADMIN_URL: url`redis://${administrators.redis_username}:${administrators.redis_password}@${host('redis', 6379)}`,
    MONGODB_ADMIN_URL: mongodbUrl({
      user: administrators.mongo_username,
      password: administrators.mongo_password,
      host: 'mongodb',
      database: 'admin',
    }),
    NEO4J_ADMIN_URL: url`bolt://${administrators.neo4j_username}:${administrators.neo4j_password}@${host('neo4j', 7687)}`,
    CLICKHOUSE_ADMIN_URL: url`http://${administrators.clickhouse_username}:${administrators.clickhouse_password}@${host('clickhouse', 8123)}`,
  },
};
