import { join, relative, resolve } from 'node:path';
import { parse } from 'dotenv';
import { type DotenvDelivery, type DotenvFile, type Environment, referencesOf } from '../catalog';
import { usageError } from '../cli/errors';
import { declaredVariables } from '../dotenv/declared-variables';
import { isUsername } from '../dotenv/examples';
import { readAsCompose } from '../dotenv/readers';
import { reasonOf } from '../error-reason';
import { readIfThere } from '../read-if-there';
import { isSecretName } from '../values/secret-name';
import {
  checkUses,
  type ComposeFinding,
  firstBootUses,
  type Knowledge,
  type KnownVariable,
  literalFindings,
} from './compose';
import type { ComposeFile } from './compose-file';
import { loadComposeFiles } from './compose-files';
import { readServices } from './compose-services';
import { readContents, type UseKind } from './compose-uses';

/** What to read. */
export interface ComposeProject {
  /** Folder of the Compose files and of `.env`. */
  readonly folder: string;
  /** @default - the usual names */
  readonly files?: readonly string[];
  /** @default '.env' */
  readonly envFile?: string;
  /** Root that the environment's files are declared from. */
  readonly root: string;
  readonly environment: Environment<DotenvDelivery>;
  /** Variables of the shell, for `COMPOSE_FILE` and paths; values in `.env` are compared without them. */
  readonly shell?: Readonly<Record<string, string | undefined>>;
}

/** A variable of Compose files with what is known about it. */
export interface ComposeVariable extends KnownVariable {
  readonly name: string;
  readonly uses: readonly {
    readonly kind: UseKind;
    readonly file: string;
    readonly line: number;
    readonly path: string;
  }[];
}

/** Everything about the variables of a project's Compose files, without any value. */
export interface ComposeReport {
  readonly files: readonly string[];
  readonly variables: readonly ComposeVariable[];
  readonly findings: readonly ComposeFinding[];
  /** What is worth knowing and nobody's mistake. */
  readonly notes: readonly string[];
}

/**
 * Reads the Compose files of a project and compares their variables with the catalog, the example file and `.env`.
 * @throws CliError when there is no Compose file
 * @throws DotenvSyntaxError when Docker Compose would refuse the `.env` file
 */
export async function inspectCompose(project: ComposeProject): Promise<ComposeReport> {
  const { folder, environment, envFile = '.env', shell = {} } = project;
  const envText = await readOptional(resolve(folder, envFile));
  if (envText === undefined && project.envFile !== undefined) {
    throw usageError(`${envFile} does not exist`, 'correct the name, or leave it out for .env');
  }
  const values = envText === undefined ? undefined : readAsCompose(envText);
  const lookup = (name: string): string | undefined => shell[name] ?? values?.get(name);
  const loaded = await loadComposeFiles({
    folder,
    lookup,
    written: new Set(environment.delivery.files.map(({ path }) => resolve(project.root, path))),
    ...(project.files && { files: project.files }),
  });
  const { files, findings } = loaded;
  const contents = files.map(readContents);
  const uses = contents.flatMap((content) => content.uses);
  const declaration = declarationOf(project, envFile);
  const known = await knowledgeOf(project, declaration, values, files);
  const names = [...new Set(uses.map(({ name }) => name))].sort();
  return {
    files: files.map(({ path }) => path),
    variables: names.map((name) => ({
      name,
      ...known(name),
      uses: uses.filter((use) => use.name === name).map(({ kind, file, line, path }) => ({ kind, file, line, path })),
    })),
    findings: sorted([
      ...findings,
      ...readServices(loaded.entries, folder).findings,
      ...contents.flatMap((content) => content.findings),
      ...checkUses(uses, known, environment.name),
      ...literalFindings(contents.flatMap(({ literals }) => literals)),
    ]),
    notes: [
      ...loaded.notes.map(({ file, line, message }) => `${file}:${line}: ${message}`),
      ...firstBootUses(uses).map(
        ({ name, file, line }) =>
          `${file}:${line}: ${name} is read on an empty volume only; a new value in ${envFile} changes nothing in a database that has data`,
      ),
      ...names
        .filter((name) => shell[name] !== undefined && values !== undefined && shell[name] !== values.get(name))
        .map((name) => `${name} is set in this shell, which goes before ${envFile}`),
      ...unused(environment, declaration, names).map(
        (unusedNames) => `declared for ${envFile}, and used by no Compose file: ${unusedNames}`,
      ),
    ],
  };
}

function sorted(findings: readonly ComposeFinding[]): ComposeFinding[] {
  const order = [...new Set(findings.map(({ file }) => file))];
  return findings.toSorted((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line);
}

/** Another file in place of `.env` holds what `.env` is declared to hold. */
function declarationOf({ folder, root, environment }: ComposeProject, envFile: string): DotenvFile | undefined {
  const declared = (file: string): DotenvFile | undefined => {
    const path = relative(root, resolve(folder, file));
    return environment.delivery.files.find((candidate) => candidate.path === path);
  };
  return declared(envFile) ?? declared('.env');
}

async function knowledgeOf(
  { root, environment }: ComposeProject,
  declaration: DotenvFile | undefined,
  values: ReadonlyMap<string, string> | undefined,
  files: readonly ComposeFile[],
): Promise<Knowledge> {
  const declared = new Map(declaration === undefined ? [] : declaredVariables(environment.catalog, declaration));
  const exampleText =
    declaration?.example === undefined ? undefined : await readOptional(join(root, declaration.example));
  const example = new Map(Object.entries(parse(exampleText ?? '')));
  const defaults = new Map(files.map((file) => [file.path, file.defaults]));
  return (name, file = '') => {
    const value = declared.get(name);
    const sources = value === undefined ? [] : referencesOf(value).map((reference) => reference.declaration.source);
    const generated = sources.length > 0 && sources.every(({ type }) => type !== 'issued');
    const willBe = value === undefined ? example.get(name) : generated ? 'generated' : (example.get(name) ?? '');
    const own = defaults.get(file)?.get(name);
    const text = (values === undefined ? willBe : values.get(name)) ?? own;
    return {
      secret: value === undefined ? isSecretName(name) : !isUsername(value),
      generated,
      declared: value !== undefined ? 'catalog' : example.has(name) || own !== undefined ? 'example' : 'no',
      value: text === undefined ? 'none' : text === '' ? 'empty' : 'set',
    };
  };
}

function unused(
  environment: Environment<DotenvDelivery>,
  declaration: DotenvFile | undefined,
  used: readonly string[],
): string[] {
  const declared = declaration === undefined ? [] : declaredVariables(environment.catalog, declaration);
  const names = declared.map(([name]) => name).filter((name) => !used.includes(name));
  return names.length === 0 ? [] : [names.join(', ')];
}

async function readOptional(file: string): Promise<string | undefined> {
  const content = await readIfThere(file).catch((error: unknown) => {
    throw usageError(`${file} cannot be read: ${reasonOf(error)}`, 'name a file that this user can read');
  });
  return content?.toString('utf8');
}
