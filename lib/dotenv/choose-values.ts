import {
  type EnvironmentValue,
  FieldReference,
  previousSuffix,
  type Problem,
  quoted,
  referencesOf,
  throwProblems,
} from '../catalog';
import { exampleReason } from '../values/example-values';
import { generateValue } from '../values/generate';
import { checkIssuedFormat } from '../values/issued-format';
import type { SecretValue } from '../values/secret-value';
import { isUsername } from './examples';
import type { FoundField, FoundValues } from './found-values';
import type { LocalFile } from './local-file';
import { nextValue } from './next-value';

/** What somebody asked for by a variable's name. */
export interface Requests {
  /** Variables whose fields get fresh values. @default - none */
  readonly rotate?: readonly string[];
  /** Variables whose values are given. @default - none */
  readonly enter?: ReadonlyMap<string, SecretValue>;
}

/** How a field came to its value. */
export type ValueOrigin = 'found' | 'generated' | 'rotated' | 'entered';

/** The one value of a field. */
export interface ChosenValue {
  readonly value: SecretValue;
  readonly origin: ValueOrigin;
}

/** Fields that requests are about. */
export interface RequestedFields {
  readonly rotate: ReadonlyMap<string, FieldReference>;
  readonly enter: ReadonlyMap<string, SecretValue>;
}

/**
 * Turns variable names into the fields behind them.
 * @throws DeclarationError for what cannot be done, all at once
 */
export function resolveRequests(
  files: readonly LocalFile[],
  { rotate = [], enter = new Map<string, SecretValue>() }: Requests,
  examples: ReadonlySet<string>,
): RequestedFields {
  const problems: Problem[] = [];
  const rotated = new Map<string, FieldReference>();
  const entered = new Map<string, SecretValue>();
  for (const name of rotate) {
    const values = valuesNamed(files, name, problems);
    const secrets = values.flatMap(referencesOf).filter((reference) => !isUsername(reference));
    problems.push(...checkRotatable(name, values, secrets));
    secrets.forEach((reference) => rotated.set(reference.id, reference));
  }
  for (const [name, value] of enter) {
    const [first] = valuesNamed(files, name, problems);
    problems.push(...(first === undefined ? [] : checkEntered(name, first, value, examples)));
    if (first instanceof FieldReference) {
      entered.set(first.id, value);
    }
  }
  throwProblems('the request', problems);
  return { rotate: withoutPrevious(rotated), enter: entered };
}

/** `previous` takes the old value where its own field is rotated too. */
function withoutPrevious(rotated: Map<string, FieldReference>): Map<string, FieldReference> {
  return new Map([...rotated].filter(([id]) => !(id.endsWith(previousSuffix) && rotated.has(baseOf(id)))));
}

function baseOf(id: string): string {
  return id.slice(0, -previousSuffix.length);
}

function valuesNamed(files: readonly LocalFile[], name: string, problems: Problem[]): EnvironmentValue[] {
  const values = files.flatMap(({ variables }) => variables.get(name) ?? []);
  if (values.length === 0) {
    const names = [...new Set(files.flatMap(({ variables }) => [...variables.keys()]))].sort();
    problems.push({
      path: name,
      what: 'no declared file has this variable',
      got: quoted(name),
      allowed: names.join(', '),
      fix: 'correct the name',
    });
  }
  return values;
}

function checkRotatable(
  name: string,
  values: readonly EnvironmentValue[],
  secrets: readonly FieldReference[],
): Problem[] {
  const issued = secrets.flatMap(({ declaration: { source } }) => (source.type === 'issued' ? [source.by] : []));
  if (issued.length > 0) {
    return [
      {
        path: name,
        what: 'the value cannot be generated',
        got: `a value issued by ${[...new Set(issued)].join(', ')}`,
        allowed: 'values that are generated here',
        fix: `have a new one issued, then enter it with --set ${name}`,
      },
    ];
  }
  return values.length > 0 && secrets.length === 0
    ? [
        {
          path: name,
          what: 'the variable holds no secret',
          got: 'the name of an account',
          allowed: 'variables with a password or a key',
          fix: 'edit the file',
        },
      ]
    : [];
}

function checkEntered(
  name: string,
  value: EnvironmentValue,
  entered: SecretValue,
  examples: ReadonlySet<string>,
): Problem[] {
  if (!(value instanceof FieldReference)) {
    return [
      {
        path: name,
        what: 'the variable is composed of several fields',
        got: 'one value',
        allowed: 'variables that hold one field',
        fix: 'set the variables of its fields',
      },
    ];
  }
  const { source } = value.declaration;
  const reason =
    checkIssuedFormat(source.type === 'issued' ? source.format : 'text', entered) ??
    (isUsername(value) ? undefined : exampleReason(entered, examples));
  return reason === undefined
    ? []
    : [
        {
          path: name,
          what: `the entered value is refused: ${reason}`,
          got: 'a value that is not shown',
          allowed: source.type === 'issued' ? `a ${source.format} value issued by ${source.by}` : 'a real value',
          fix: 'enter the real one',
        },
      ];
}

/** Every field's value: as requested, as found, or generated. A field that only its issuer can make stays out, as does one with a conflict. */
export function chooseValues(
  files: readonly LocalFile[],
  found: FoundValues,
  requested: RequestedFields,
  problems: Problem[],
): Map<string, ChosenValue> {
  const references = new Map(
    files.flatMap(({ variables }) =>
      [...variables.values()].flatMap(referencesOf).map((reference) => [reference.id, reference] as const),
    ),
  );
  const chosen = new Map<string, ChosenValue>();
  for (const [id, reference] of references) {
    const value = chooseValue(reference, found.fields, requested, problems);
    if (value !== undefined) {
      chosen.set(id, value);
    }
  }
  return chosen;
}

function chooseValue(
  reference: FieldReference,
  fields: FoundValues['fields'],
  { rotate, enter }: RequestedFields,
  problems: Problem[],
): ChosenValue | undefined {
  const { id } = reference;
  const entered = enter.get(id);
  if (entered !== undefined) {
    return { value: entered, origin: 'entered' };
  }
  const retired = id.endsWith(previousSuffix) && rotate.has(baseOf(id)) ? existing(fields, baseOf(id))[0] : undefined;
  if (retired !== undefined) {
    return { value: retired.value, origin: 'rotated' };
  }
  const places = rotate.has(id) ? [] : existing(fields, id);
  if (new Set(places.map(({ value }) => value.reveal())).size > 1) {
    problems.push(conflict(id, places));
    return undefined;
  }
  const value = places[0] ?? (isUsername(reference) ? fields.get(id)?.[0] : undefined);
  if (value !== undefined) {
    return { value: value.value, origin: 'found' };
  }
  if (!rotate.has(id)) {
    const generated = generateValue(reference.declaration.source);
    return generated && { value: generated, origin: 'generated' };
  }
  const rotated = nextValue(
    reference,
    (field) => existing(fields, field)[0]?.value,
    (field) => rotate.has(field),
  );
  return rotated && { value: rotated, origin: 'rotated' };
}

function existing(fields: FoundValues['fields'], id: string): FoundField[] {
  return (fields.get(id) ?? []).filter(({ fromExample }) => !fromExample);
}

function conflict(id: string, places: readonly FoundField[]): Problem {
  const [first, ...others] = places.map(({ file, variable }) => `${variable} in ${file}`);
  const variable = places[0]?.variable ?? '';
  return {
    path: id,
    what: 'the files have different values for one field',
    got: [first, ...others].join(', '),
    allowed: 'one value in all files',
    fix: `empty the wrong ones (${variable}=) to have them written again, or give all a new one with --rotate ${variable}`,
  };
}
