import type { AlternatingUsersRotation, DualPasswordRotation } from '../../catalog';
import { adminUrl } from './admin-url';
import type { AlternatingUsersDatabase, DualPasswordDatabase } from './database';

/**
 * Connects as the administrator to the server of a rotation. The caller closes what it gets.
 * @throws RotationError where the URL is missing or wrong, or the server cannot be reached
 */
export async function openAlternatingUsersDatabase(
  rotation: AlternatingUsersRotation,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<AlternatingUsersDatabase> {
  const url = adminUrl(rotation, environment);
  // Each driver is loaded only where it is used.
  switch (rotation.database) {
    case 'postgresql':
      return await (await import('./postgresql.js')).PostgresqlDatabase.connect(url, rotation);
    case 'neo4j':
      return await (await import('./neo4j.js')).Neo4jDatabase.connect(url);
    case 'mongodb':
      return await (await import('./mongodb.js')).MongodbDatabase.connect(url);
    case 'clickhouse':
      return await (await import('./clickhouse.js')).ClickhouseDatabase.connect(url);
  }
}

/** Like {@link openAlternatingUsersDatabase}, for one user with two passwords. */
export async function openDualPasswordDatabase(
  rotation: DualPasswordRotation,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<DualPasswordDatabase> {
  const url = adminUrl(rotation, environment);
  switch (rotation.database) {
    case 'redis':
      return await (await import('./redis.js')).RedisDatabase.connect(url);
    case 'clickhouse':
      return await (await import('./clickhouse-identities.js')).ClickhouseIdentities.connect(url);
  }
}
