import { type AlternatingUsersRotation, type Problem, quoted } from '../catalog';
import { SecretValue } from '../values/secret-value';
import { fieldProblems } from './checks';
import {
  changedOutside,
  credentialProblems,
  currentValue,
  databaseProblems,
  proveFresh,
  proveReplaced,
  replacedPassword,
  withDatabase,
} from './database-phases';
import type { AlternatingUsersDatabase, Credential, Turn } from './databases/database';
import { openAlternatingUsersDatabase } from './databases/open';
import { RotationError } from './errors';
import { freshValue } from './fresh-value';
import { publishAndDeliver, publishAnew, publishOnce, type PublishOptions, writtenVersion } from './publish';
import type { PhaseResult, RotationContext, RotationPhase, RotationStrategy } from './strategy';

type Context = RotationContext<AlternatingUsersRotation>;
type Phase = RotationPhase<AlternatingUsersRotation>;
type Open = (rotation: AlternatingUsersRotation) => Promise<AlternatingUsersDatabase>;

/** How long a run waits for the last sessions, and when the next one looks again. */
const patienceMs = 60_000;
const pollMs = 2_000;
const laterMs = 300_000;

/**
 * Two users of a database take turns
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-strategy.html#rotating-secrets-two-users): the
 * idle one gets the rights of the active one and a fresh password, Vault and the workloads change over to it, and the
 * other one is locked when nobody has a session of it. There is no moment without a working credential.
 * @param open how a server is reached @default - by the URL in the administrator's variable
 */
export function alternatingUsersStrategyWith(open: Open): RotationStrategy<AlternatingUsersRotation> {
  return {
    name: 'alternatingUsers',
    phases: (mode, rotation) => {
      const phase = phasesOf(rotation, open);
      // Locked first, a user whose password leaked cannot log in again when its sessions are ended.
      return mode === 'revoke-now'
        ? [phase.publish, phase.lock, phase.drain, phase.deliver]
        : [phase.publish, phase.deliver, phase.drain, phase.lock];
    },
    check: async (context) => await check(context, open),
    breaks: ({ users }) => [
      `open connections of the user in use (${users.join(' or ')}) are cut`,
      'pods cannot connect again until they have restarted with the new credential',
    ],
  };
}

/** See {@link alternatingUsersStrategyWith}. */
export const alternatingUsersStrategy = alternatingUsersStrategyWith(
  async (rotation) => await openAlternatingUsersDatabase(rotation),
);

function phasesOf(
  { users }: AlternatingUsersRotation,
  open: Open,
): Readonly<Record<'publish' | 'deliver' | 'drain' | 'lock', Phase>> {
  const either = users.join(' or ');
  return {
    publish: {
      name: 'publish',
      summary: `give the idle one of ${either} the rights of the other one and a fresh password, log in with it, and write both to Vault`,
      run: async (context) => await publish(context, open),
    },
    deliver: {
      name: 'deliver',
      summary: 'restart what reads the credential, until every pod has the new one',
      run: async (context) => await deliver(context, open),
    },
    drain: {
      name: 'drain',
      summary: 'wait until nobody has a session of the old user',
      run: async (context) => await drain(context, open),
    },
    lock: {
      name: 'lock',
      summary: 'take the old user its password, and try that it is refused',
      run: async (context) => await lock(context, open),
    },
  };
}

async function check(context: Context, open: Open): Promise<Problem[]> {
  const { field, mode, kv } = context;
  const { rotation } = field.declaration;
  const fields = fieldsOf(context);
  const problems = [
    ...(await fieldProblems(context, fields)),
    ...(await context.delivery.check(field.secret.path, fields)),
  ];
  const current = await kv.read(field.secret.path);
  const [user, password] = [current?.data[rotation.usernameField], current?.data[field.fieldName]];
  if (user === undefined || password === undefined) {
    return problems;
  }
  if (!rotation.users.includes(user)) {
    return [...problems, notOneOfThem(context, user)];
  }
  const published = (await writtenVersion(context, { phase: 'publish', fields })) !== undefined;
  const turn = rememberedTurn(context) ?? turnFrom(context, user);
  const options = { endsSessions: mode === 'revoke-now', published };
  const credential = mayBeStale(context, turn, user)
    ? await replacedCredential(context, turn)
    : { user, password: new SecretValue(password) };
  return [
    ...problems,
    ...(await databaseProblems(context, open, async (database) => [
      ...(await database.check(turn, options)),
      ...(credential ? await credentialProblems(rotation, database, credential, field.id) : []),
    ])),
  ];
}

async function publish(context: Context, open: Open): Promise<PhaseResult> {
  const { rotation } = context.field.declaration;
  // Whose turn it is must be known before anything changes: afterwards Vault names the other user.
  const turn = await nextTurn(context);
  const written = await writtenVersion(context, { phase: 'publish', fields: fieldsOf(context) });
  if (written !== undefined && !(await isStale(context, turn, open))) {
    const { version } = await publishOnce(context, optionsOf(context, unexpectedWrite));
    return { done: true, facts: { version } };
  }
  await context.remember({ from: turn.from, to: turn.to });
  const password = freshValue(context);
  await withDatabase(context, open, async (database) => {
    await database.provision(turn, password);
    if (context.mode === 'revoke-now') {
      // Where a rotation was broken off, programs may still use the next user, with a password that may have leaked.
      await database.endSessions(turn.to);
    }
    await database.proveAccess(turn, password);
  });
  context.report(`${rotation.database}: ${turn.to} has the rights of ${turn.from} and a fresh password`);
  const { version } = await publishAnew(
    context,
    optionsOf(context, (current) => {
      // A run that was overtaken may have written the next user with a password that it has no longer: ours replaced it.
      if (![turn.from, turn.to].includes(current[rotation.usernameField] ?? '')) {
        throw changedOutside(context);
      }
      return { [rotation.usernameField]: new SecretValue(turn.to), [context.field.fieldName]: password };
    }),
  );
  return { done: true, facts: { version } };
}

async function deliver(context: Context, open: Open): Promise<PhaseResult> {
  const { field, kv } = context;
  const turn = rememberedTurn(context);
  const written = await writtenVersion(context, { phase: 'publish', fields: fieldsOf(context) });
  const wanted = written === undefined ? undefined : await kv.readVersion(field.secret.path, written);
  const fresh = wanted?.data[field.fieldName];
  if (turn && fresh !== undefined) {
    // A run that was overtaken may have given the user another password since; no pod should have to find that out.
    await withDatabase(context, open, async (database) => {
      const place = `version ${written ?? ''} of ${kv.mount}/${field.secret.path}`;
      await proveFresh(context, database, { user: turn.to, password: new SecretValue(fresh) }, place);
    });
  }
  // Also writes the credential again where a rollout that failed took it back.
  return await publishAndDeliver(context, optionsOf(context, unexpectedWrite));
}

async function drain(context: Context, open: Open): Promise<PhaseResult> {
  const { from } = await publishedTurn(context);
  return await withDatabase(context, open, async (database): Promise<PhaseResult> => {
    const end = context.now().getTime() + patienceMs;
    for (;;) {
      if (context.mode === 'revoke-now') {
        await database.endSessions(from);
      }
      const { count, clients } = await database.sessions(from);
      if (count === 0) {
        return { done: true, facts: { sessions: 0 } };
      }
      if (context.now().getTime() >= end) {
        return sessionsLeft(context, from, count, clients);
      }
      await context.sleep(pollMs);
    }
  });
}

async function lock(context: Context, open: Open): Promise<PhaseResult> {
  const { field, mode } = context;
  const { from, to } = await publishedTurn(context);
  const fresh = await currentValue(context, field.fieldName);
  if (fresh === undefined) {
    throw changedOutside(context);
  }
  return await withDatabase(context, open, async (database): Promise<PhaseResult> => {
    // The old credential is the only one that works until the new one is known to.
    await proveFresh(context, database, { user: to, password: new SecretValue(fresh) });
    await context.remember({ locks: from });
    await database.lock(from);
    const password = await replacedPassword(context);
    await proveReplaced(context, database, { user: from, password }, { user: to, password: new SecretValue(fresh) });
    // Somebody may have logged in since nobody was found; such a session outlives the lock.
    const { count, clients } = await database.sessions(from);
    return mode === 'overlap' && count > 0
      ? sessionsLeft(context, from, count, clients)
      : { done: true, facts: { locked: from, refused: password !== undefined } };
  });
}

function sessionsLeft(context: Context, user: string, count: number, clients: readonly string[]): PhaseResult {
  const sessions = count === 1 ? '1 session is' : `${count} sessions are`;
  return {
    done: false,
    until: new Date(context.now().getTime() + laterMs),
    reason: `${sessions} open as ${user}: ${clients.slice(0, 5).join(', ')}`,
  };
}

function fieldsOf({ field }: Context): readonly [string, string] {
  return [field.declaration.rotation.usernameField, field.fieldName];
}

/** User and password change in one write, so no reader ever sees one without the other. */
function optionsOf(context: Context, values: PublishOptions['values']): PublishOptions {
  return { phase: 'publish', fields: fieldsOf(context), values };
}

function unexpectedWrite(): never {
  throw new Error('a credential was published that is not in the journal');
}

function rememberedTurn(context: Context): Turn | undefined {
  const { from, to } = context.factsOf('publish');
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : undefined;
}

function turnFrom({ field }: Context, from: string): Turn {
  const { users } = field.declaration.rotation;
  return { from, to: users[0] === from ? users[1] : users[0] };
}

/**
 * Whether Vault may hold the next user with a password that this rotation replaced on the server: a run that was
 * overtaken may have written its own as its last act. Not where the journal knows of a write of this rotation.
 */
function mayBeStale(context: Context, { to }: Turn, user: string): boolean {
  return user === to && rememberedTurn(context) !== undefined && context.factsOf('publish').version === undefined;
}

async function isStale(context: Context, turn: Turn, open: Open): Promise<boolean> {
  const { field, kv } = context;
  const { rotation } = field.declaration;
  const { data = {} } = (await kv.read(field.secret.path)) ?? {};
  const [user = '', password = ''] = [data[rotation.usernameField], data[field.fieldName]];
  return (
    mayBeStale(context, turn, user) &&
    !(await withDatabase(
      context,
      open,
      async (database) => await database.accepts({ user, password: new SecretValue(password) }),
    ))
  );
}

/** What worked before this rotation; nothing where Vault has let go of it. */
async function replacedCredential(context: Context, { from }: Turn): Promise<Credential | undefined> {
  const password = await replacedPassword(context);
  return password && { user: from, password };
}

/** The turn of this rotation, before its credential is in Vault. */
async function nextTurn(context: Context): Promise<Turn> {
  const { rotation } = context.field.declaration;
  const user = (await currentValue(context, rotation.usernameField)) ?? '';
  const remembered = rememberedTurn(context);
  if (remembered) {
    if (![remembered.from, remembered.to].includes(user)) {
      throw changedOutside(context);
    }
    return remembered;
  }
  if (!rotation.users.includes(user)) {
    const { what, got, fix } = notOneOfThem(context, user);
    throw new RotationError(`${what}, got ${got}`, fix);
  }
  return turnFrom(context, user);
}

/** The turn of this rotation, after its credential was published, and only while Vault still names its user. */
async function publishedTurn(context: Context): Promise<Turn> {
  const turn = rememberedTurn(context);
  const user = await currentValue(context, context.field.declaration.rotation.usernameField);
  if (!turn || user !== turn.to) {
    throw changedOutside(context);
  }
  return turn;
}

function notOneOfThem({ field, kv }: Context, user: string): Problem {
  const { rotation } = field.declaration;
  return {
    path: `${kv.mount}/${field.secret.path} ${rotation.usernameField}`,
    what: 'the user in Vault is not one of the two that take turns',
    got: quoted(user),
    allowed: rotation.users.map(quoted).join(' or '),
    fix: 'name the user that the workloads log in as as one of the two, or write one of the two to Vault with its password',
  };
}
