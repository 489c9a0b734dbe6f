import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { parse } from 'dotenv';
import { type Environment, type EnvironmentValue, FieldReference } from '../catalog';
import { environmentError } from '../cli/errors';
import { reasonOf } from '../error-reason';
import { isSecretName } from '../values/secret-name';
import { declaredVariables } from './declared-variables';
import { matchValue } from './field-values';
import { trackedExamples } from './git';

/** An example file and what its variables mean. */
export interface ExampleFile {
  readonly text: string;
  readonly variables: ReadonlyMap<string, EnvironmentValue>;
}

/** Whether a value is only the name of an account, which may well stand in an example. */
export function isUsername(value: EnvironmentValue): boolean {
  return value instanceof FieldReference && value.declaration.source.type === 'username';
}

/**
 * Values that example files give to secrets: of declared variables, and of others that are named like a secret.
 * Passwords inside URLs are in it by themselves too.
 */
export function exampleValuesOf(files: readonly ExampleFile[]): Set<string> {
  const values = new Set<string>();
  for (const { text: file, variables } of files) {
    for (const [name, text] of Object.entries(parse(file))) {
      const value = variables.get(name);
      if (text.trim() === '' || (value === undefined ? !isSecretName(name) : isUsername(value))) {
        continue;
      }
      values.add(text.trim());
      secretsInside(value, text).forEach((secret) => values.add(secret));
    }
  }
  return values;
}

function secretsInside(value: EnvironmentValue | undefined, text: string): string[] {
  if (value === undefined || value instanceof FieldReference) {
    return [];
  }
  const fields = matchValue(value, text)?.fields;
  return value.references
    .filter(({ declaration }) => declaration.source.type !== 'username')
    .map(({ id }) => fields?.get(id)?.reveal() ?? '')
    .filter((secret) => secret !== '');
}

/**
 * The example values of a whole project, for `exampleReason`: of every example file that an environment declares and
 * that exists, and of every other one that git tracks, such as `.env.example` and `.env.sample`.
 * @param root folder that the declared paths start from
 * @throws CliError when an example file cannot be read
 */
export async function collectExampleValues(environments: readonly Environment[], root: string): Promise<Set<string>> {
  const files: ExampleFile[] = [];
  const declared = new Set<string>();
  for (const { catalog, delivery } of environments) {
    for (const file of delivery.type === 'dotenv' ? delivery.files : []) {
      const text = file.example === undefined ? undefined : await readOptional(join(root, file.example));
      if (file.example !== undefined && text !== undefined) {
        declared.add(normalize(file.example));
        files.push({ text, variables: new Map(declaredVariables(catalog, file)) });
      }
    }
  }
  for (const path of await trackedExamples(root)) {
    const text = declared.has(path) ? undefined : await readOptional(join(root, path));
    files.push(...(text === undefined ? [] : [{ text, variables: new Map() }]));
  }
  return exampleValuesOf(files);
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return undefined;
    }
    throw environmentError(`${file} cannot be read: ${reasonOf(error)}`, 'correct its permissions');
  }
}
