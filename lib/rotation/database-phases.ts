import { randomBytes } from 'node:crypto';
import type { AlternatingUsersRotation, DualPasswordRotation, Problem } from '../catalog';
import { SecretValue } from '../values/secret-value';
import { beginAnew } from './begin-anew';
import { adminUrlVariable } from './databases/admin-url';
import type { Credential } from './databases/database';
import { RotationError } from './errors';
import { replacedVersion } from './publish';
import type { RotationContext } from './strategy';

export type DatabaseRotation = AlternatingUsersRotation | DualPasswordRotation;
type Context = RotationContext<DatabaseRotation>;

/** What the strategies for databases need of an open one. */
interface Closable {
  close(): Promise<void>;
}

/** Does something with the server of a rotation and lets go of it. */
export async function withDatabase<R extends DatabaseRotation, D extends Closable, T>(
  { field }: RotationContext<R>,
  open: (rotation: R) => Promise<D>,
  work: (database: D) => Promise<T>,
): Promise<T> {
  const database = await open(field.declaration.rotation);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The problems that an open server reports, or the one that it cannot be opened. */
export async function databaseProblems<R extends DatabaseRotation, D extends Closable>(
  context: RotationContext<R>,
  open: (rotation: R) => Promise<D>,
  check: (database: D) => Promise<Problem[]>,
): Promise<Problem[]> {
  const { rotation } = context.field.declaration;
  try {
    return await withDatabase(context, open, check);
  } catch (error) {
    if (!(error instanceof RotationError)) {
      throw error;
    }
    return [
      {
        path: rotation.database,
        what: 'the database cannot be looked at as its administrator',
        got: error.message,
        allowed: `a server that can be reached and changed with the URL in ${adminUrlVariable(rotation)}`,
        fix: error.fix,
      },
    ];
  }
}

/**
 * The credential in Vault must work before it is replaced, and a wrong one must not: else nothing would show later that
 * the new one is good and the old one is refused.
 * @param place where the password is, for messages
 */
export async function credentialProblems(
  { database: name }: DatabaseRotation,
  database: { accepts(credential: Credential): Promise<boolean> },
  { user, password }: Credential,
  place: string,
): Promise<Problem[]> {
  const path = `${name} ${user}`;
  if (await database.accepts({ user, password: new SecretValue(randomBytes(20).toString('hex')) })) {
    return [
      {
        path,
        what: 'the server accepts any password',
        got: `a login as ${user} with random characters`,
        allowed: 'a server that checks passwords, also of logins from here',
        fix: 'switch authentication on, for PostgreSQL scram-sha-256 in place of trust in pg_hba.conf',
      },
    ];
  }
  return (await database.accepts({ user, password }))
    ? []
    : [
        {
          path,
          what: 'the server refuses the credential that is in Vault',
          got: `a refused login as ${user} with the password of ${place}`,
          allowed: 'a credential that the workloads can log in with',
          fix: `write the password that the server knows to ${place}, or give the user the one that is there`,
        },
      ];
}

/** A value of the version that Vault holds now. */
export async function currentValue({ kv, field }: Context, name: string): Promise<string | undefined> {
  return (await kv.read(field.secret.path))?.data[name];
}

/** The password before the rotation, for the proof that it is refused; nothing where Vault has let go of it. */
export async function replacedPassword(context: Context): Promise<SecretValue | undefined> {
  const { kv, field } = context;
  const version = replacedVersion(context.factsOf('publish'));
  const replaced = version === undefined ? undefined : await kv.readVersion(field.secret.path, version);
  const password = replaced?.data[field.fieldName];
  return password === undefined ? undefined : new SecretValue(password);
}

/** What Vault holds is not what this rotation wrote. */
export function changedOutside(context: Context): RotationError {
  const { field, kv, mode } = context;
  const first =
    mode === 'overlap' ? 'find out which credential the workloads use, and write it to Vault' : 'find out who';
  return new RotationError(
    `${field.id} is not what this rotation wrote: somebody else has changed ${kv.mount}/${field.secret.path}, and nothing was locked`,
    `${first}; then ${beginAnew(context)}`,
  );
}

/** Shows with the credentials themselves that the old one is refused and the new one is not. */
export async function proveReplaced(
  context: Context,
  database: { accepts(credential: Credential): Promise<boolean> },
  old: { readonly user: string; readonly password: SecretValue | undefined },
  fresh: Credential,
): Promise<void> {
  if (old.password === undefined) {
    context.report(`${context.field.id}: Vault has let go of the old password, so its refusal cannot be tried`);
  } else if (await database.accepts({ user: old.user, password: old.password })) {
    throw new RotationError(
      `${context.field.declaration.rotation.database} still accepts the old password of ${old.user}`,
      'look for a second place where its users are kept, then run the same command again',
    );
  }
  await proveFresh(context, database, fresh);
}

/**
 * Shows that the credential in Vault works.
 * @param place where the password is, for messages @default - the field
 */
export async function proveFresh(
  { field }: Context,
  database: { accepts(credential: Credential): Promise<boolean> },
  fresh: Credential,
  place: string = field.id,
): Promise<void> {
  if (!(await database.accepts(fresh))) {
    throw new RotationError(
      `${field.declaration.rotation.database} refuses the new password of ${fresh.user}, which is in Vault`,
      `give ${fresh.user} the password of ${place} on the server, then start the same command again`,
    );
  }
}
