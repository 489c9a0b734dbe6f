import { durationSeconds, type OverlapRotation, previousSuffix, type Problem } from '../catalog';
import { SecretValue } from '../values/secret-value';
import { beginAnew } from './begin-anew';
import { fieldProblems } from './checks';
import { RotationError } from './errors';
import { freshValue } from './fresh-value';
import { publishAndDeliver, writtenVersion } from './publish';
import type { PhaseResult, RotationContext, RotationMode, RotationPhase, RotationStrategy } from './strategy';

type Context = RotationContext<OverlapRotation>;
type Phase = RotationPhase<OverlapRotation>;

/**
 * Two values are accepted for a while (RFC 7517 section 5 has several keys in one set for the same reason): accept the
 * new one everywhere, sign with it, wait until nothing that the old one signed is left, drop the old one. The second
 * value always exists (docs/decisions/0001), and each of the four states accepts what the one before it signs.
 */
export const overlapStrategy: RotationStrategy<OverlapRotation> = {
  name: 'overlap',
  phases: (mode: RotationMode, rotation): readonly Phase[] =>
    mode === 'revoke-now' ? [revoke] : [accept, sign, wait(rotation), drop],
  check: async (context): Promise<Problem[]> => {
    const fields = [context.field.fieldName, previousOf(context)];
    return [
      ...(await fieldProblems(context, fields)),
      ...(await context.delivery.check(context.field.secret.path, fields)),
    ];
  },
  breaks: ({ longestTokenLife }) => [
    longestTokenLife === undefined
      ? 'whoever still uses the old value is refused'
      : 'every token that the old value signed is refused: its users must log in again',
    'until every pod has restarted, pods with the old value and pods with the new one refuse each other',
  ],
};

const accept: Phase = {
  name: 'accept',
  summary: 'write a fresh value beside the one in use, and make every reader accept both',
  run: async (context) => {
    const previous = previousOf(context);
    return await publishAndDeliver(context, {
      phase: 'accept',
      fields: [previous],
      values: () => ({ [previous]: freshValue(context) }),
    });
  },
};

const sign: Phase = {
  name: 'sign',
  summary: 'make the fresh value the one in use; the old one is accepted beside it',
  run: async (context) => {
    const [field, previous] = [context.field.fieldName, previousOf(context)];
    const accepted = await acceptedValue(context);
    const result = await publishAndDeliver(context, {
      phase: 'sign',
      fields: [field, previous],
      values: (current) => {
        if (current[field] === accepted.reveal()) {
          return {};
        }
        if (current[previous] !== accepted.reveal()) {
          throw changedOutside(context);
        }
        return { [field]: accepted, [previous]: new SecretValue(current[field] ?? '') };
      },
    });
    return { ...result, facts: { ...result.facts, rolledOutAt: context.now().toISOString() } };
  },
};

function wait({ window }: OverlapRotation): Phase {
  return {
    name: 'wait',
    summary: `wait ${window}, until nothing is left that the old value signed`,
    // The last thing that the old value signed was signed when the last old pod ended, so the window counts from there.
    run: async (context): Promise<PhaseResult> => {
      const until = new Date(endOfRollout(context).getTime() + durationSeconds(window) * 1000);
      return await Promise.resolve(
        context.now() < until
          ? { done: false, until, reason: 'the old value is accepted until what it signed has expired' }
          : { done: true },
      );
    },
  };
}

const drop: Phase = {
  name: 'drop',
  summary: 'put a value that never signed anything in the place of the old one, which nobody accepts any more',
  run: async (context) => {
    const previous = previousOf(context);
    return await publishAndDeliver(context, {
      phase: 'drop',
      fields: [previous],
      values: () => ({ [previous]: freshValue(context) }),
    });
  },
};

const revoke: Phase = {
  name: 'revoke',
  summary: 'replace both values with fresh ones at once: nobody accepts the old ones any more',
  run: async (context) => {
    const [field, previous] = [context.field.fieldName, previousOf(context)];
    return await publishAndDeliver(context, {
      phase: 'revoke',
      fields: [field, previous],
      values: () => ({
        [field]: freshValue(context),
        [previous]: freshValue(context),
      }),
    });
  },
};

function endOfRollout(context: Context): Date {
  const date = new Date(String(context.factsOf('sign').rolledOutAt));
  if (Number.isNaN(date.getTime())) {
    throw new RotationError(
      `the journal of ${context.field.id} does not say when the new value had reached every pod`,
      beginAnew(context),
    );
  }
  return date;
}

/** The value that every reader accepts since the first phase. */
async function acceptedValue(context: Context): Promise<SecretValue> {
  const { path } = context.field.secret;
  const version = await writtenVersion(context, { phase: 'accept', fields: [previousOf(context)] });
  const accepted = version === undefined ? undefined : await context.kv.readVersion(path, version);
  const value = accepted?.data[previousOf(context)];
  if (value === undefined) {
    throw changedOutside(context);
  }
  return new SecretValue(value);
}

function changedOutside(context: Context): RotationError {
  const { field, kv } = context;
  return new RotationError(
    `the value of ${field.id} that was to become the one in use is gone: somebody else has changed ${kv.mount}/${field.secret.path}`,
    `find out who; then ${beginAnew(context)}`,
  );
}

function previousOf({ field }: Context): string {
  return `${field.fieldName}${previousSuffix}`;
}
