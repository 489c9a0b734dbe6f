import { type ManualRotation, type Problem, replacedByCommand } from '../catalog';
import { generateValue } from '../values/generate';
import type { SecretValue } from '../values/secret-value';
import { fieldProblems } from './checks';
import { RotationError } from './errors';
import { evidenceProblems, valueProblems } from './handed-in';
import { publishAndDeliver, writtenVersion } from './publish';
import type { PhaseResult, RotationContext, RotationPhase, RotationStrategy } from './strategy';

type Context = RotationContext<ManualRotation>;
type Phase = RotationPhase<ManualRotation>;

/**
 * What a machine can do of a rotation that needs a person: the new value is made or entered, written and delivered; then
 * the person does the rest outside, and says where that can be seen.
 */
export const manualStrategy: RotationStrategy<ManualRotation> = {
  name: 'manual',
  takes: ['value', 'evidence'],
  phases: (_, rotation): readonly Phase[] =>
    rotation.instructions === replacedByCommand ? [replace] : [replace, confirm(rotation)],
  check: async (context): Promise<Problem[]> => {
    const { secret, fieldName, declaration } = context.field;
    const written = await writtenVersion(context, { phase: 'replace', fields: [fieldName] });
    // A value that somebody else issues may be missing: this is its first one then.
    const needed = declaration.source.type === 'issued' ? [] : [fieldName];
    return [
      ...(await fieldProblems(context, needed)),
      ...(await valueProblems(context, written !== undefined)),
      ...(await evidenceProblems(context, written !== undefined)),
      ...(await context.delivery.check(secret.path, [fieldName])),
    ];
  },
  breaks: () => ['programs fail that still use the old value when it is revoked, until their pods have restarted'],
};

const replace: Phase = {
  name: 'replace',
  summary: 'write the new value, and restart what reads it',
  run: async (context): Promise<PhaseResult> => {
    const { fieldName } = context.field;
    return await publishAndDeliver(context, {
      phase: 'replace',
      fields: [fieldName],
      values: () => ({ [fieldName]: newValue(context) }),
    });
  },
};

/** A checklist of one line: what the person must do. The journal keeps what they say about it. */
function confirm(rotation: ManualRotation): Phase {
  return {
    name: 'confirm',
    summary: 'wait for evidence that a person did the rest',
    run: async (context): Promise<PhaseResult> =>
      await Promise.resolve(
        context.evidence === undefined
          ? { done: false, waitsFor: whatToDo(context, rotation) }
          : { done: true, facts: { evidence: context.evidence.trim() } },
      ),
  };
}

function newValue({ field, entered }: Context): SecretValue {
  const value = entered ?? generateValue(field.declaration.source);
  if (!value) {
    throw new RotationError(`${field.id} has no new value`, 'enter it with --input');
  }
  return value;
}

/** Exactly what is left for the person. */
function whatToDo({ field }: Context, { instructions }: ManualRotation): string {
  const { source } = field.declaration;
  return source.type === 'issued' && instructions.includes('revoke the old one there')
    ? `revoke the old value of ${field.id} at ${source.by}`
    : instructions;
}
