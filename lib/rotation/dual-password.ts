import type { DualPasswordRotation, Problem } from '../catalog';
import { SecretValue } from '../values/secret-value';
import { fieldProblems } from './checks';
import {
  changedOutside,
  credentialProblems,
  currentValue,
  databaseProblems,
  proveReplaced,
  replacedPassword,
  withDatabase,
} from './database-phases';
import type { DualPasswordDatabase } from './databases/database';
import { openDualPasswordDatabase } from './databases/open';
import { RotationError } from './errors';
import { freshValue } from './fresh-value';
import { publishAndDeliver, publishOnce, type PublishOptions, writtenVersion } from './publish';
import type { PhaseResult, RotationContext, RotationPhase, RotationStrategy } from './strategy';

type Context = RotationContext<DualPasswordRotation>;
type Phase = RotationPhase<DualPasswordRotation>;
type Open = (rotation: DualPasswordRotation) => Promise<DualPasswordDatabase>;

/**
 * One user of a database has two passwords for a while: a fresh one is added, Vault and the workloads change over to it,
 * and every other one is removed. There is no moment without a working credential.
 * @param open how a server is reached @default - by the URL in the administrator's variable
 */
export function dualPasswordStrategyWith(open: Open): RotationStrategy<DualPasswordRotation> {
  return {
    name: 'dualPassword',
    phases: (mode, rotation) => {
      const phase = phasesOf(rotation, open);
      return mode === 'revoke-now'
        ? [phase.publish, phase.drop, phase.deliver]
        : [phase.publish, phase.deliver, phase.drop];
    },
    check: async (context) => await check(context, open),
    breaks: ({ user }) => [
      `open connections of ${user} are cut`,
      'pods cannot connect again until they have restarted with the new password',
    ],
  };
}

/** See {@link dualPasswordStrategyWith}. */
export const dualPasswordStrategy = dualPasswordStrategyWith(
  async (rotation) => await openDualPasswordDatabase(rotation),
);

function phasesOf({ user }: DualPasswordRotation, open: Open): Readonly<Record<'publish' | 'deliver' | 'drop', Phase>> {
  return {
    publish: {
      name: 'publish',
      summary: `give ${user} a second password, log in with it, and write it to Vault`,
      run: async (context) => await publish(context, open),
    },
    deliver: {
      name: 'deliver',
      summary: 'restart what reads the password, until every pod has the new one',
      run: deliver,
    },
    drop: {
      name: 'drop',
      summary: `remove every other password of ${user}, and try that the old one is refused`,
      run: async (context) => await drop(context, open),
    },
  };
}

async function check(context: Context, open: Open): Promise<Problem[]> {
  const { field } = context;
  const { rotation } = field.declaration;
  const problems = [
    ...(await fieldProblems(context, [field.fieldName])),
    ...(await context.delivery.check(field.secret.path, [field.fieldName])),
  ];
  const password = await currentValue(context, field.fieldName);
  if (password === undefined) {
    return problems;
  }
  const credential = { user: rotation.user, password: new SecretValue(password) };
  return [
    ...problems,
    ...(await databaseProblems(context, open, async (database) => [
      ...(await database.check(rotation.user)),
      ...(await credentialProblems(rotation, database, credential, field.id)),
    ])),
  ];
}

async function publish(context: Context, open: Open): Promise<PhaseResult> {
  const { field } = context;
  const { rotation } = field.declaration;
  const password = freshValue(context);
  const written = await writtenVersion(context, { phase: 'publish', fields: [field.fieldName] });
  if (written === undefined) {
    await context.remember({ user: rotation.user });
    await withDatabase(context, open, async (database) => {
      await database.addPassword(rotation.user, password);
      if (!(await database.accepts({ user: rotation.user, password }))) {
        throw new RotationError(
          `${rotation.database} refuses the password that was just added to ${rotation.user}; it was not published`,
          'check that the administrator is connected to the server that the workloads use',
        );
      }
    });
    context.report(`${rotation.database}: ${rotation.user} accepts a second password`);
  }
  const { version } = await publishOnce(
    context,
    optionsOf(context, () => ({ [field.fieldName]: password })),
  );
  return { done: true, facts: { version } };
}

async function deliver(context: Context): Promise<PhaseResult> {
  // Also writes the password again where a rollout that failed took it back.
  return await publishAndDeliver(
    context,
    optionsOf(context, () => {
      throw new Error('a password was published that is not in the journal');
    }),
  );
}

async function drop(context: Context, open: Open): Promise<PhaseResult> {
  const { field, mode } = context;
  const { rotation } = field.declaration;
  const fresh = await currentValue(context, field.fieldName);
  const old = await replacedPassword(context);
  if (fresh === undefined || fresh === old?.reveal()) {
    throw changedOutside(context);
  }
  const credential = { user: rotation.user, password: new SecretValue(fresh) };
  await withDatabase(context, open, async (database) => {
    if (!(await database.accepts(credential))) {
      throw changedOutside(context);
    }
    await context.remember({ drops: rotation.user });
    await database.keepOnly(rotation.user, credential.password);
    await proveReplaced(context, database, { user: rotation.user, password: old }, credential);
    if (mode === 'revoke-now') {
      await database.endSessions(rotation.user);
    }
  });
  return { done: true, facts: { refused: old !== undefined } };
}

function optionsOf({ field }: Context, values: PublishOptions['values']): PublishOptions {
  return { phase: 'publish', fields: [field.fieldName], values };
}
