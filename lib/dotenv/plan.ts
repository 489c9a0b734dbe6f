import {
  type DotenvDelivery,
  type Environment,
  type EnvironmentValue,
  FieldReference,
  type Problem,
  referencesOf,
} from '../catalog';
import { findExample } from '../values/example-values';
import { isSecretName } from '../values/secret-name';
import { SecretValue } from '../values/secret-value';
import { type ChosenValue, chooseValues, type Requests, resolveRequests } from './choose-values';
import type { DotenvDocument } from './document';
import { exampleValuesOf, isUsername } from './examples';
import { composeValue } from './field-values';
import { findValues, type FoundValues } from './found-values';
import { type DotenvBase, type LocalFile, type LocalFiles, parseFor } from './local-file';
import { quoteValue } from './quoting';
import { DotenvSyntaxError } from './readers';

/**
 * What becomes of a variable. `copied`: its field has a value in another file already; `composed`: a derived value is
 * written; `waiting`: only its issuer can make it, and what the file has stays as it is; `conflicting`: files disagree, see
 * the problems.
 */
export type DotenvAction =
  'kept' | 'generated' | 'composed' | 'copied' | 'rotated' | 'entered' | 'waiting' | 'conflicting';

/** One declared variable of one file. */
export interface PlannedVariable {
  readonly name: string;
  readonly action: DotenvAction;
  /** Who issues what is waited for. */
  readonly issuedBy?: readonly string[];
  /** Why the value that is kept is a weak one. */
  readonly weak?: string;
  /** What stands there now, where something else is written. */
  readonly replaces?: 'nothing' | 'example' | 'another value';
}

/** One file as it is to be. */
export interface PlannedFile {
  readonly path: string;
  readonly base: DotenvBase;
  readonly variables: readonly PlannedVariable[];
  /** Plain variables of the example that the file lacked. */
  readonly added: readonly string[];
  /** Variables that are named like a secret and have an example value, but are not declared: nothing fills them. */
  readonly undeclared: readonly string[];
  /** The text on disk; nothing where there is no file. */
  readonly before?: SecretValue;
  /** The text to write. */
  readonly content: SecretValue;
}

/** Everything that is to be written, or why nothing can be. It shows names only. */
export interface DotenvPlan {
  readonly files: readonly PlannedFile[];
  readonly problems: readonly Problem[];
}

/**
 * Plans the files of an environment from what is on disk. It writes nothing.
 * @param committed values of the repository's other example files @default - none
 * @throws DeclarationError for requests that make no sense
 */
export function planDotenv(
  environment: Environment<DotenvDelivery>,
  { files, problems: unusable }: LocalFiles,
  requests: Requests = {},
  committed: ReadonlySet<string> = new Set(),
): DotenvPlan {
  const own = exampleValuesOf(
    files.flatMap(({ example, variables }) => (example === undefined ? [] : [{ text: example.text, variables }])),
  );
  const examples = new Set([...committed, ...own]);
  const requested = resolveRequests(files, requests, examples);
  const overruled = new Set([...requested.rotate.keys(), ...requested.enter.keys()]);
  const found = findValues(files, examples, overruled);
  const problems = [...unusable, ...found.problems];
  const chosen = chooseValues(files, found, requested, problems);
  const context = { environment, found, chosen, examples, problems };
  return { files: files.map((file) => planFile(file, context)), problems };
}

interface Context {
  readonly environment: Environment<DotenvDelivery>;
  readonly found: FoundValues;
  readonly chosen: ReadonlyMap<string, ChosenValue>;
  readonly examples: ReadonlySet<string>;
  readonly problems: Problem[];
}

const declaredHeading = '# Declared in the catalog:';
const exampleHeading = '# New in the example file:';

function planFile(file: LocalFile, context: Context): PlannedFile {
  const variables: PlannedVariable[] = [];
  const written = new Map<string, string>();
  const missing = missingPlainVariables(file);
  let document = missing.reduce(
    (result, { name, raw }, index) =>
      (index === 0 ? appendHeading(result, exampleHeading) : result).append(`${name}=${raw}`),
    file.document,
  );
  for (const [name, value] of file.variables) {
    const { text, ...planned } = planVariable(file, name, value, context);
    variables.push({ name, ...planned });
    const quotedText = text === undefined ? undefined : quote(file, name, text, context.problems);
    if (text !== undefined && quotedText !== undefined) {
      written.set(name, text);
    }
    if (quotedText !== undefined || document.find(name) === undefined) {
      document = (document.find(name) ? document : appendHeading(document, declaredHeading)).with(
        name,
        quotedText ?? '',
      );
    }
  }
  context.problems.push(...verify(file, document, written));
  return {
    path: file.path,
    base: file.base,
    variables,
    added: missing.map(({ name }) => name),
    undeclared: undeclaredSecrets(file, context.examples),
    content: new SecretValue(document.text),
    ...(file.base === 'current' ? { before: new SecretValue(file.document.text) } : {}),
  };
}

function planVariable(
  file: LocalFile,
  name: string,
  value: EnvironmentValue,
  { environment, found, chosen, examples }: Context,
): Omit<PlannedVariable, 'name'> & { text?: string } {
  const match = found.variables.get(file.path)?.get(name);
  const references = referencesOf(value);
  const same = references.every(
    ({ id }) => match?.fields.get(id)?.reveal() === chosen.get(id)?.value.reveal() && chosen.has(id),
  );
  if (match !== undefined && same) {
    const example = isUsername(value) ? undefined : findExample(new SecretValue(file.values.get(name) ?? ''), examples);
    return { action: 'kept', ...(example === undefined ? {} : { weak: example.reason }) };
  }
  const composed = composeValue(value, environment.hosts, ({ id }) => chosen.get(id)?.value, match?.hosts);
  if (composed === undefined) {
    const sources = references.filter(({ id }) => !chosen.has(id)).map(({ declaration }) => declaration.source);
    const issuedBy = sources.flatMap((source) => (source.type === 'issued' ? [source.by] : []));
    return issuedBy.length === sources.length ? { action: 'waiting', issuedBy } : { action: 'conflicting' };
  }
  const replaces = match !== undefined ? 'another value' : (file.values.get(name) ?? '') === '' ? 'nothing' : 'example';
  return { action: actionOf(value, chosen), replaces, text: composed.reveal() };
}

function actionOf(value: EnvironmentValue, chosen: ReadonlyMap<string, ChosenValue>): DotenvAction {
  const origins = referencesOf(value).map(({ id }) => chosen.get(id)?.origin);
  const requested = (['entered', 'rotated'] as const).find((origin) => origins.includes(origin));
  if (requested !== undefined) {
    return requested;
  }
  if (!(value instanceof FieldReference)) {
    return 'composed';
  }
  return origins[0] === 'generated' ? 'generated' : 'copied';
}

function quote(file: LocalFile, name: string, text: string, problems: Problem[]): string | undefined {
  const result = quoteValue(text, file.readers);
  if (result === undefined) {
    problems.push({
      path: `${file.path}.${name}`,
      what: 'no way of quoting carries the value to every reader of the file',
      got: 'a value that mixes quotes with "$", "\\", "#" or line ends',
      allowed: `values that ${file.readers.join(' and ')} can read alike`,
      fix: 'choose another value, or declare who reads the file with readers: [...]',
    });
  }
  return result;
}

function appendHeading(document: DotenvDocument, heading: string): DotenvDocument {
  if (document.text.includes(heading)) {
    return document;
  }
  return (document.text === '' ? document : document.append('')).append(heading);
}

/** What the example has gained since the file was made from it. */
function missingPlainVariables({ base, document, example, variables }: LocalFile): { name: string; raw: string }[] {
  if (base !== 'current' || example === undefined) {
    return [];
  }
  return example.entries
    .filter(({ name }) => document.find(name) === undefined && !variables.has(name))
    .filter((entry) => example.find(entry.name) === entry)
    .map((entry) => ({ name: entry.name, raw: example.written(entry) }));
}

function undeclaredSecrets(file: LocalFile, examples: ReadonlySet<string>): string[] {
  return [...file.values]
    .filter(([name, text]) => !file.variables.has(name) && isSecretName(name) && text !== '')
    .filter(([, text]) => findExample(new SecretValue(text), examples) !== undefined)
    .map(([name]) => name);
}

/** Reads the new text as its readers do: every value as meant, everything else as before. */
function verify(file: LocalFile, document: DotenvDocument, written: ReadonlyMap<string, string>): Problem[] {
  const parsed = parseFor(file.readers, document.text);
  const wrong =
    parsed instanceof DotenvSyntaxError
      ? [...written.keys()]
      : [
          ...[...written]
            .filter(([name, text]) => parsed.some((seen) => seen.get(name) !== text))
            .map(([name]) => name),
          ...document.entries
            .map(({ name }) => name)
            .filter((name) => parsed.some((seen) => !seen.has(name) || changedBeside(file, name, seen, written))),
        ];
  return wrong.length === 0
    ? []
    : [
        {
          path: file.path,
          what: 'the new text would not be read as it is meant',
          got: `other values for ${[...new Set(wrong)].join(', ')}`,
          allowed: 'every value as it was chosen',
          fix: 'look for unusual quotes in the lines before them, and correct those',
        },
      ];
}

/** Whether a value that was not written reads differently; one with a `$` may, where it refers to one that was. */
function changedBeside(
  { values }: LocalFile,
  name: string,
  seen: ReadonlyMap<string, string>,
  written: ReadonlyMap<string, string>,
): boolean {
  const before = values.get(name);
  const untouched = before !== undefined && before !== '' && !before.includes('$') && !written.has(name);
  return untouched && seen.get(name) !== before;
}
