import type { KeyringRotation, Problem } from '../../catalog';
import { evidenceFormProblems, evidenceProblem } from '../evidence';
import type { PhaseResult, RotationContext } from '../strategy';
import { type Keys, keyTexts } from './stored-keys';

type Context = RotationContext<KeyringRotation>;

const phase = 'reencrypt';

/**
 * Data that is not re-encrypted from here: waits until a person says that it is. Evidence counts only after it was asked
 * for, since before that no process encrypted with the new key.
 */
export async function awaitEvidence(context: Context, key: string): Promise<PhaseResult> {
  const { evidence } = context;
  if (evidence !== undefined && wasAsked(context)) {
    return { done: true, facts: { evidence: evidence.trim() } };
  }
  await context.remember({ asked: true, key });
  return { done: false, waitsFor: whatToDo(context, key) };
}

/** What is wrong with what a person says about the re-encryption. */
export function evidenceProblems(context: Context, keys: Keys): Problem[] {
  const { evidence, field } = context;
  if (evidence === undefined) {
    return [];
  }
  const problem = (what: string, allowed: string, fix: string): Problem[] => [
    evidenceProblem(context, what, allowed, fix),
  ];
  if (field.declaration.rotation.targets !== undefined) {
    return problem('the rotation re-encrypts the data itself', 'no evidence', 'leave it out');
  }
  if (!wasAsked(context)) {
    return problem(
      'the new key does not encrypt everywhere yet, so nothing can have been re-encrypted with it',
      'evidence after the rotation asked for it',
      'leave it out',
    );
  }
  const malformed = evidenceFormProblems(context, evidence);
  if (malformed.length > 0) {
    return malformed;
  }
  if (keyTexts(keys).some((text) => evidence.includes(text))) {
    return problem('the evidence holds a key', 'where the proof can be seen', 'leave the key out, and rotate it anew');
  }
  const { key } = context.factsOf(phase);
  return field.declaration.rotation.format === 'fernet' || evidence.includes(String(key))
    ? []
    : problem(
        'the evidence does not name the new key, so it may be of another rotation',
        `a line with ${String(key)}, as the last one of nivesh-secrets reencrypt`,
        'run nivesh-secrets reencrypt with the keyring of now, and give its last line',
      );
}

function wasAsked(context: Context): boolean {
  return context.factsOf(phase).asked === true;
}

function whatToDo({ field }: Context, key: string): string {
  return field.declaration.rotation.format === 'fernet'
    ? `run "airflow rotate-fernet-key" where ${field.id} is delivered, then say so with --evidence`
    : `re-encrypt everything that ${field.id} encrypts (nivesh-secrets reencrypt), then give the last line of its output, which names the key ${key}, with --evidence`;
}
