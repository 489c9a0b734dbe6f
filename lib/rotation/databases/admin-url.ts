import type { AlternatingUsersRotation, DualPasswordRotation } from '../../catalog';
import { RotationError } from '../errors';

type DatabaseRotation = AlternatingUsersRotation | DualPasswordRotation;
type DatabaseName = DatabaseRotation['database'];

const schemes: Readonly<Record<DatabaseName, readonly string[]>> = {
  postgresql: ['postgres', 'postgresql'],
  redis: ['redis', 'rediss'],
  mongodb: ['mongodb', 'mongodb+srv'],
  neo4j: ['bolt', 'bolt+s', 'bolt+ssc', 'neo4j', 'neo4j+s', 'neo4j+ssc'],
  clickhouse: ['http', 'https'],
};

/** Variable with the administrator's URL: the one that the rotation names, or the database's own. */
export function adminUrlVariable({ database, adminUrlFrom }: DatabaseRotation): string {
  return adminUrlFrom ?? `${database.toUpperCase()}_ADMIN_URL`;
}

/**
 * The administrator's URL. It is not parsed here: each driver has its own rules, several hosts in one URL for example.
 * @throws RotationError that shows nothing of the value
 */
export function adminUrl(rotation: DatabaseRotation, environment: NodeJS.ProcessEnv): string {
  const variable = adminUrlVariable(rotation);
  const value = environment[variable]?.trim() ?? '';
  const allowed = schemes[rotation.database];
  const scheme = allowed.find((name) => value.startsWith(`${name}://`));
  if (scheme === undefined) {
    const what = value === '' ? 'is not set' : `is not a URL of ${rotation.database}`;
    throw new RotationError(
      `${variable}, the connection of the administrator, ${what}`,
      `set it to ${allowed[0] ?? ''}://<administrator>:<password>@<host>, with the password percent-encoded`,
    );
  }
  return value;
}
