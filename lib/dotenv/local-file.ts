import { lstat, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import {
  type DotenvDelivery,
  type DotenvFile,
  type DotenvReader,
  type Environment,
  type EnvironmentValue,
  type Problem,
  quoted,
  throwProblems,
} from '../catalog';
import { declaredVariables } from './declared-variables';
import { DotenvDocument } from './document';
import { allReaders, DotenvSyntaxError, dotenvParsers } from './readers';

/** Where the text of a file comes from: the file itself, its example, or nowhere. */
export type DotenvBase = 'current' | 'example' | 'nothing';

/** One declared `.env` file with what is on disk. */
export interface LocalFile {
  /** Path from the root, as declared. */
  readonly path: string;
  readonly declaration: DotenvFile;
  readonly readers: readonly DotenvReader[];
  /** Every declared variable. */
  readonly variables: ReadonlyMap<string, EnvironmentValue>;
  readonly base: DotenvBase;
  /** The text to start from. */
  readonly document: DotenvDocument;
  /** Values of {@link document} on which all readers agree; an entry without any text is the empty value. */
  readonly values: ReadonlyMap<string, string>;
  /** Variables that readers see differently. */
  readonly disputed: ReadonlySet<string>;
  /** The committed example, where it exists. */
  readonly example?: DotenvDocument;
  /** Permissions of the file, where it exists. */
  readonly mode?: number;
}

/** What is on disk for an environment. */
export interface LocalFiles {
  readonly files: readonly LocalFile[];
  /** Files that are there and cannot be used. */
  readonly problems: readonly Problem[];
}

/**
 * Reads every declared file and example of an environment.
 * @param root folder that the declared paths start from
 * @throws DeclarationError for mistakes in the declaration, all at once
 */
export async function loadLocalFiles(environment: Environment<DotenvDelivery>, root: string): Promise<LocalFiles> {
  const mistakes: Problem[] = [];
  const declared = new Set<string>();
  const declarations = environment.delivery.files.map((declaration) => {
    mistakes.push(...checkPaths(declaration, declared));
    return { declaration, variables: variablesOf(environment, declaration, mistakes) };
  });
  throwProblems(`environment ${quoted(environment.name)}`, mistakes);
  const problems: Problem[] = [];
  const files: LocalFile[] = [];
  for (const { declaration, variables } of declarations) {
    const file = await loadFile(declaration, variables, root, problems);
    files.push(...(file === undefined ? [] : [file]));
  }
  return { files, problems };
}

function checkPaths({ path, example }: DotenvFile, declared: Set<string>): Problem[] {
  const outside = [path, ...(example === undefined ? [] : [example])].filter(
    (candidate) => isAbsolute(candidate) || normalize(candidate).startsWith('..'),
  );
  const problems = outside.map((candidate) => ({
    path,
    what: 'the path leaves the project',
    got: quoted(candidate),
    allowed: 'paths from the root of the project',
    fix: 'correct the path in the environment',
  }));
  const twice = declared.has(normalize(path));
  declared.add(normalize(path));
  return twice
    ? [
        ...problems,
        {
          path,
          what: 'the file is declared twice',
          got: quoted(path),
          allowed: 'one declaration a file',
          fix: 'put all of its workloads and variables in one declaration',
        },
      ]
    : problems;
}

/** What a file holds: the variables of its workloads and its own. Two meanings of one name are a mistake. */
function variablesOf(
  { catalog }: Environment<DotenvDelivery>,
  file: DotenvFile,
  problems: Problem[],
): Map<string, EnvironmentValue> {
  const variables = new Map<string, EnvironmentValue>();
  for (const [name, value] of declaredVariables(catalog, file)) {
    const before = variables.get(name);
    if (before !== undefined && meaningOf(before) !== meaningOf(value)) {
      problems.push({
        path: `${file.path}.${name}`,
        what: 'the variable has two meanings in one file',
        got: 'different values of two workloads',
        allowed: 'one value a name',
        fix: 'give one of the workloads a file of its own',
      });
    }
    variables.set(name, value);
  }
  return variables;
}

function meaningOf(value: EnvironmentValue): string {
  const parts = 'parts' in value ? value.parts : [{ type: 'field', reference: value, encoding: 'none' } as const];
  return JSON.stringify(parts.map((part) => (part.type === 'field' ? [part.reference.id, part.encoding] : part)));
}

async function loadFile(
  declaration: DotenvFile,
  variables: ReadonlyMap<string, EnvironmentValue>,
  root: string,
  problems: Problem[],
): Promise<LocalFile | undefined> {
  const { path, readers = allReaders } = declaration;
  const before = problems.length;
  const current = await readText(root, path, problems);
  const example = declaration.example === undefined ? undefined : await readText(root, declaration.example, problems);
  if (problems.length > before) {
    return undefined;
  }
  const base = current !== undefined ? 'current' : example !== undefined ? 'example' : 'nothing';
  const document = new DotenvDocument(current?.text ?? example?.text ?? '');
  const parsed = parseFor(readers, document.text);
  if (parsed instanceof DotenvSyntaxError) {
    problems.push({
      path: `${base === 'example' ? (declaration.example ?? path) : path}:${parsed.line}`,
      what: parsed.message,
      got: 'a text that Docker Compose refuses',
      allowed: 'lines NAME=value, with quotes closed',
      fix: "correct the line, or declare readers: ['dotenv'] for a file that Docker Compose does not read",
    });
    return undefined;
  }
  const seen = compareReaders(document, parsed);
  return {
    path,
    declaration,
    readers,
    variables,
    base,
    document,
    ...seen,
    ...(example === undefined ? {} : { example: new DotenvDocument(example.text) }),
    ...(current === undefined ? {} : { mode: current.mode }),
  };
}

async function readText(
  root: string,
  path: string,
  problems: Problem[],
): Promise<{ text: string; mode: number } | undefined> {
  const file = join(root, path);
  const status = await lstat(file).catch(
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'no reason given',
  );
  if (status === 'ENOENT') {
    return undefined;
  }
  if (typeof status === 'string') {
    problems.push({
      path,
      what: 'the path cannot be looked at',
      got: status === 'ENOTDIR' ? 'a file in place of a folder' : status,
      allowed: 'a file, or none, in a folder of this user',
      fix: `correct ${dirname(path)}, or the path in the environment`,
    });
    return undefined;
  }
  if (!status.isFile()) {
    problems.push({
      path,
      what: 'the path is not a plain file',
      got: status.isSymbolicLink() ? 'a symbolic link' : 'a folder or a device',
      allowed: 'a plain file, which can be replaced in one step',
      fix: 'move it away, then run this again',
    });
    return undefined;
  }
  try {
    return {
      text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file)),
      mode: status.mode & 0o777,
    };
  } catch {
    problems.push({
      path,
      what: 'the file cannot be read as UTF-8',
      got: 'other bytes, or no permission',
      allowed: 'text that this user can read',
      fix: 'save it as UTF-8, or correct its owner',
    });
    return undefined;
  }
}

type Parsed = readonly ReadonlyMap<string, string>[];

/** What each reader sees, or why one of them stops. */
export function parseFor(readers: readonly DotenvReader[], text: string): Parsed | DotenvSyntaxError {
  try {
    return readers.map((reader) => dotenvParsers[reader](text));
  } catch (error) {
    if (error instanceof DotenvSyntaxError) {
      return error;
    }
    throw error;
  }
}

function compareReaders(document: DotenvDocument, parsed: Parsed): Pick<LocalFile, 'values' | 'disputed'> {
  const values = new Map<string, string>();
  const disputed = new Set<string>();
  for (const name of new Set(document.entries.map((entry) => entry.name))) {
    const entry = document.find(name);
    const [first, ...others] = parsed.map((seen) => seen.get(name));
    if (entry !== undefined && document.written(entry) === '') {
      values.set(name, '');
    } else if (first !== undefined && others.every((other) => other === first)) {
      values.set(name, first);
    } else {
      disputed.add(name);
    }
  }
  return { values, disputed };
}
