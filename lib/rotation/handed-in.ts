import type { ManualRotation, Problem } from '../catalog';
import { checkIssuedFormat } from '../values/issued-format';
import { evidenceFormProblems, evidenceProblem } from './evidence';
import type { RotationContext } from './strategy';

type Context = RotationContext<ManualRotation>;

/** As many characters as the shortest value that the catalog lets one generate. */
const shortestValue = 20;

/** What is wrong with the value that a person entered, or with its absence. */
export async function valueProblems(context: Context, written: boolean): Promise<Problem[]> {
  const { field, entered } = context;
  const { source } = field.declaration;
  if (!entered) {
    return source.type === 'issued' && !written ? [missingValue(context, source.by, source.format)] : [];
  }
  const wrong = written
    ? 'this rotation has its new value already'
    : ((source.type === 'issued' ? checkIssuedFormat(source.format, entered) : checkOwnValue(entered.reveal())) ??
      context.refuse?.(entered) ??
      ((await storedValues(context)).includes(entered.reveal())
        ? 'it is the value that is to be replaced'
        : undefined));
  return wrong === undefined
    ? []
    : [
        {
          path: field.id,
          what: wrong,
          got: 'a value that is not shown',
          allowed: source.type === 'issued' ? `what ${source.by} issues, format ${source.format}` : 'a new value',
          fix: written ? 'leave out --input' : 'enter the new value as it was made',
        },
      ];
}

function missingValue({ field, environment }: Context, by: string, format: string): Problem {
  return {
    path: field.id,
    what: `the new value was not entered, and only ${by} can make it`,
    got: 'no --input',
    allowed: `what ${by} issues, format ${format}, from standard input or a file of mode 0600`,
    fix: `issue a new one at ${by}, then pipe it into nivesh-secrets rotate ${field.id} --environment ${environment.name} --input - --yes; revoke the old one afterwards`,
  };
}

function checkOwnValue(text: string): string | undefined {
  if (text !== text.trim() || text.includes('\n')) {
    return 'the value has white space at its ends, or several lines';
  }
  return text.length < shortestValue ? `the value is shorter than ${shortestValue} characters` : undefined;
}

/** What is wrong with what a person says about the work outside. */
export async function evidenceProblems(context: Context, written: boolean): Promise<Problem[]> {
  const { evidence, mode } = context;
  if (evidence === undefined) {
    return [];
  }
  const malformed = evidenceFormProblems(context, evidence);
  if (malformed.length > 0) {
    return malformed;
  }
  const values = [...(await storedValues(context)), ...(context.entered ? [context.entered.reveal()] : [])];
  if (values.some((value) => evidence.includes(value))) {
    return [
      evidenceProblem(
        context,
        'the evidence holds a secret value',
        'where the proof can be seen',
        'leave the value out',
      ),
    ];
  }
  // Who revokes first and replaces afterwards has an outage, which only a leak is a reason for.
  return written || mode === 'revoke-now'
    ? []
    : [
        evidenceProblem(
          context,
          'the old value is still in use, so it cannot have been replaced outside',
          'evidence after the new value was delivered',
          'leave out --evidence until the rotation asks for it',
        ),
      ];
}

/** Values that the field has, and had before this rotation. */
async function storedValues(context: Context): Promise<string[]> {
  const { kv, field } = context;
  const { base } = context.factsOf('replace');
  const [current, before] = await Promise.all([
    kv.read(field.secret.path),
    typeof base === 'number' ? kv.readVersion(field.secret.path, base) : undefined,
  ]);
  return [current?.data[field.fieldName], before?.data[field.fieldName]].filter(
    (value): value is string => value !== undefined && value !== '',
  );
}
