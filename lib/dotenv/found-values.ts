import { parse } from 'dotenv';
import { type EnvironmentValue, FieldReference, type Problem } from '../catalog';
import { findExample } from '../values/example-values';
import { SecretValue } from '../values/secret-value';
import { isUsername } from './examples';
import { describeShape, type MatchedValue, matchValue } from './field-values';
import type { LocalFile } from './local-file';

/** A field's value as one variable of one file has it. */
export interface FoundField {
  readonly file: string;
  readonly variable: string;
  readonly value: SecretValue;
  /** Whether it stands in an example only. Names of accounts do; values of secrets are never taken from there. */
  readonly fromExample: boolean;
}

/** What the files hold already. */
export interface FoundValues {
  /** Field id to every place that has a value for it. */
  readonly fields: ReadonlyMap<string, readonly FoundField[]>;
  /** Per file and variable: the value that is set, taken apart. A variable that is not in it has to be written. */
  readonly variables: ReadonlyMap<string, ReadonlyMap<string, MatchedValue>>;
  readonly problems: readonly Problem[];
}

/**
 * Finds the values of fields in files that exist. A placeholder or a value of an example file counts as no value.
 * @param overruled fields that get another value anyway, so that nothing is wrong with what is there
 */
export function findValues(
  files: readonly LocalFile[],
  examples: ReadonlySet<string>,
  overruled: ReadonlySet<string>,
): FoundValues {
  const fields = new Map<string, FoundField[]>();
  const variables = new Map<string, Map<string, MatchedValue>>();
  const problems: Problem[] = [];
  for (const file of files) {
    const matches = new Map<string, MatchedValue>();
    variables.set(file.path, matches);
    for (const [variable, value] of file.variables) {
      const result = findValue(file, variable, value, examples);
      if (result === undefined) {
        continue;
      }
      if ('what' in result) {
        const ids = 'references' in value ? value.references.map(({ id }) => id) : [value.id];
        problems.push(...(ids.some((id) => overruled.has(id)) ? [] : [result]));
        continue;
      }
      matches.set(variable, result);
      for (const [id, field] of result.fields) {
        const found = { file: file.path, variable, value: field, fromExample: file.base === 'example' };
        fields.set(id, [...(fields.get(id) ?? []), found]);
      }
    }
    for (const { id, ...found } of accountsOfExample(file)) {
      fields.set(id, [...(fields.get(id) ?? []), found]);
    }
  }
  return { fields, variables, problems };
}

/** Names of accounts that the example of a file has, and the file itself does not. */
function accountsOfExample(file: LocalFile): (FoundField & { readonly id: string })[] {
  const examples = file.base === 'current' && file.example !== undefined ? parse(file.example.text) : {};
  return [...file.variables].flatMap(([variable, value]) => {
    const text = examples[variable] ?? '';
    return value instanceof FieldReference && isUsername(value) && !file.values.has(variable) && text !== ''
      ? [{ id: value.id, file: file.path, variable, value: new SecretValue(text), fromExample: true }]
      : [];
  });
}

function findValue(
  file: LocalFile,
  variable: string,
  value: EnvironmentValue,
  examples: ReadonlySet<string>,
): MatchedValue | Problem | undefined {
  if (file.disputed.has(variable) && file.base === 'current') {
    return {
      path: `${file.path}.${variable}`,
      what: 'Docker Compose and dotenv read this value differently',
      got: 'a value that one of them changes',
      allowed: 'values that every reader of the file sees alike',
      fix: 'put it in single quotes, or declare who reads the file with readers: [...]',
    };
  }
  const text = file.values.get(variable) ?? '';
  if (text === '' || (!isUsername(value) && isReplaceable(text, examples))) {
    return undefined;
  }
  const match = matchValue(value, text);
  if (match === undefined) {
    return {
      path: `${file.path}.${variable}`,
      what: 'the value does not have the declared shape',
      got: 'another scheme, path or separator',
      allowed: describeShape(value),
      fix: `correct it, or empty it (${variable}=) to have it composed again`,
    };
  }
  return isReal(value, match, examples) ? match : undefined;
}

function isReal(value: EnvironmentValue, match: MatchedValue, examples: ReadonlySet<string>): boolean {
  const references = value instanceof FieldReference ? [value] : value.references;
  return references.every((reference) => {
    const text = match.fields.get(reference.id)?.reveal() ?? '';
    return text !== '' && !isReplaceable(text, isUsername(reference) ? new Set() : examples);
  });
}

/** Whether a value asks to be replaced. Common words do not: somebody may have chosen them, and a database has them. */
function isReplaceable(text: string, examples: ReadonlySet<string>): boolean {
  const kind = findExample(new SecretValue(text), examples)?.kind;
  return kind === 'repository' || kind === 'placeholder';
}
