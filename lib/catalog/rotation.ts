import type { Duration } from './duration';

/** First segment of the Vault paths that hold the journals of rotations: `rotation/<path>/<field>`. */
export const rotationPath = 'rotation';

interface Scheduled {
  /**
   * Longest age of a value before `rotate --due` names it.
   * @default - no schedule: rotated on events only
   */
  readonly every?: Duration;
}

/**
 * Two values are accepted for a while: accept the new one, sign with it, wait, drop the old one.
 * The old value has its own field `<field>_previous`, which exists at all times: outside an overlap it holds a random
 * value that never signed anything, so that the variable is never empty.
 */
export interface OverlapRotation extends Scheduled {
  readonly strategy: 'overlap';
  readonly window: Duration;
  readonly longestTokenLife?: Duration;
}

interface OfDatabase {
  /**
   * Variable, in the environment of the process that rotates, with the URL of the administrator's connection to the
   * server. Name one where two rotations are about two servers of one kind.
   * @default - `POSTGRESQL_ADMIN_URL`, `REDIS_ADMIN_URL`, `MONGODB_ADMIN_URL`, `NEO4J_ADMIN_URL` or `CLICKHOUSE_ADMIN_URL`
   */
  readonly adminUrlFrom?: string;
}

/** Two database users take turns; the idle one gets a new password and becomes the active one. */
export interface AlternatingUsersRotation extends Scheduled, OfDatabase {
  readonly strategy: 'alternatingUsers';
  readonly database: 'postgresql' | 'mongodb' | 'neo4j' | 'clickhouse';
  readonly users: readonly [string, string];
  /** Field of the same Vault secret that holds the active user's name. */
  readonly usernameField: string;
  /**
   * PostgreSQL: the role that owns what the application uses; both users act as it.
   * @default - what both names begin with (`nivesh_app` of `nivesh_app_a`) where such a role has all that the active user
   * has, else the active user itself
   */
  readonly group?: string;
}

/** One database user accepts two passwords for a while. */
export interface DualPasswordRotation extends Scheduled, OfDatabase {
  readonly strategy: 'dualPassword';
  readonly database: 'redis' | 'clickhouse';
  readonly user: string;
}

/**
 * How the keys that are in use together are written down.
 * `json`: the field holds the first key, and `<field>_keyring` the keyring of `nivesh-secrets/encryption`, which refers to
 * that key until it is dropped.
 * `fernet`: the field holds the keys themselves, separated by commas; the first one encrypts
 * (https://cryptography.io/en/latest/fernet/#cryptography.fernet.MultiFernet).
 */
export type KeyringFormat = 'json' | 'fernet';

/** An encryption key: new data under the new key, old data re-encrypted, then the old key is dropped. */
export interface KeyringRotation<F extends KeyringFormat = KeyringFormat> extends Scheduled {
  readonly strategy: 'keyring';
  readonly format: F;
  readonly targets?: string;
  readonly rate?: number;
}

/** A value that somebody else issues or that a person must change by hand: a checklist with evidence. */
export interface ManualRotation extends Scheduled {
  readonly strategy: 'manual';
  readonly instructions: string;
}

/** How the value of a field is replaced without downtime. */
export type Rotation =
  OverlapRotation | AlternatingUsersRotation | DualPasswordRotation | KeyringRotation | ManualRotation;

/**
 * For keys that sign or authenticate and that a reader can accept two of (JWT secrets, API keys).
 * @param options.window how long both values are accepted; at least `longestTokenLife`
 * @param options.longestTokenLife life of the longest token that the key signs @default - it signs nothing that outlives a rollout
 */
export function overlap(options: Omit<OverlapRotation, 'strategy'>): OverlapRotation {
  return { strategy: 'overlap', ...options };
}

/** For databases where a user has one password: PostgreSQL, MongoDB, Neo4j, ClickHouse before 24.9. */
export function alternatingUsers(options: Omit<AlternatingUsersRotation, 'strategy'>): AlternatingUsersRotation {
  return { strategy: 'alternatingUsers', ...options };
}

/** For a Redis ACL user, which accepts any number of passwords (https://redis.io/docs/latest/commands/acl-setuser/). */
export function redisAcl(options: Omit<DualPasswordRotation, 'strategy' | 'database'>): DualPasswordRotation {
  return { strategy: 'dualPassword', database: 'redis', ...options };
}

/** For a ClickHouse user from release 24.9 on, which accepts several authentication methods. */
export function clickhouseIdentities(
  options: Omit<DualPasswordRotation, 'strategy' | 'database'>,
): DualPasswordRotation {
  return { strategy: 'dualPassword', database: 'clickhouse', ...options };
}

/**
 * For keys that encrypt data at rest.
 * @param options.format `fernet` for Airflow and others that take a list of Fernet keys @default 'json'
 * @param options.targets file that lists what is encrypted (docs/reencryption.md), from the project's folder
 * @default - somebody else re-encrypts it, and the rotation waits for evidence of that
 * @param options.rate rows a second that are re-encrypted, over all targets @default - as fast as the database answers
 */
export function keyring(
  options?: Scheduled & { readonly format?: 'json'; readonly targets?: string; readonly rate?: number },
): KeyringRotation<'json'>;
export function keyring(options: Scheduled & { readonly format: 'fernet' }): KeyringRotation<'fernet'>;
export function keyring({
  format = 'json',
  ...options
}: Partial<Omit<KeyringRotation, 'strategy'>> = {}): KeyringRotation {
  return { strategy: 'keyring', format, ...options };
}

/** For values that only a person or an outside issuer can change. */
export function manual(instructions: string, options: Scheduled = {}): ManualRotation {
  return { strategy: 'manual', instructions, ...options };
}
