import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type Document, isMap, LineCounter, type ParsedNode, parseAllDocuments } from 'yaml';
import { usageError } from '../cli/errors';
import { type Lookup, substituteTemplate } from '../dotenv/compose-template';
import { readAsCompose } from '../dotenv/readers';
import { reasonOf } from '../error-reason';
import type { ComposeFinding } from './compose';
import { environmentFiles, linkedFiles } from './compose-links';

/** One Compose file with the places of everything in it. */
export interface ComposeFile {
  /** Path from the project's folder. */
  readonly path: string;
  readonly text: string;
  /** Docker Compose merges them. */
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
  /** Variables of an included file's own `.env`, which count where the project sets none. */
  readonly defaults: ReadonlyMap<string, string>;
}

/** Which files to read. */
export interface ComposeSource {
  /** The project's folder. */
  readonly folder: string;
  /** Files, as after `docker compose -f`. @default - `COMPOSE_FILE`, else the usual names in the folder */
  readonly files?: readonly string[];
  /** Variables for paths and `COMPOSE_FILE`. */
  readonly lookup: Lookup;
  /** Files that may be missing, because `nivesh-secrets env` writes them; absolute paths. @default - none */
  readonly written?: ReadonlySet<string>;
}

/** Names that Docker Compose looks for, in its order. */
const usualNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const usualOverrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/**
 * Reads Compose files with everything that they include and extend.
 * @throws CliError when there is no such file, or when one cannot be read
 */
export async function loadComposeFiles(
  source: ComposeSource,
): Promise<{ readonly files: ComposeFile[]; readonly findings: ComposeFinding[] }> {
  const files = new Map<string, ComposeFile>();
  const findings: ComposeFinding[] = [];
  const first = firstFiles(source).map((path) => resolve(source.folder, path));
  // Paths in the files of -f start from the folder of the first.
  const base = dirname(first[0] ?? source.folder);
  const waiting: Waiting[] = first.map((path) => ({ path, base, defaults: new Map() }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (!files.has(next.path)) {
      const file = await parseFile(source.folder, next, findings);
      files.set(next.path, file);
      waiting.push(...(await linksOf(source, next, file, findings)));
    }
  }
  return { files: [...files.values()], findings };
}

/** A file that is to be read. */
interface Waiting {
  readonly path: string;
  /** Folder that paths in it start from. */
  readonly base: string;
  readonly defaults: ReadonlyMap<string, string>;
}

async function linksOf(
  source: ComposeSource,
  { base, defaults }: Waiting,
  file: ComposeFile,
  findings: ComposeFinding[],
): Promise<Waiting[]> {
  const lookup: Lookup = (name) => source.lookup(name) ?? defaults.get(name);
  const links: Waiting[] = [];
  for (const { target, node, included } of file.documents.flatMap(linkedFiles)) {
    const path = resolveLink(lookup, base, target);
    if (path === undefined) {
      continue;
    }
    if (!existsSync(path)) {
      findings.push(missingFile(source, file, node, path, 'correct the path'));
    } else if (included === undefined) {
      links.push({ path, base: dirname(path), defaults });
    } else {
      const folder = resolveLink(lookup, base, included.projectDirectory) ?? dirname(path);
      const envFiles = included.envFiles?.map((name) => resolveLink(lookup, base, name)) ?? [join(folder, '.env')];
      links.push({ path, base: folder, defaults: new Map([...(await readVariables(envFiles)), ...defaults]) });
    }
  }
  for (const { target, node } of file.documents.flatMap(environmentFiles)) {
    const named = resolveLink(lookup, base, target);
    if (named !== undefined && !existsSync(named) && source.written?.has(named) !== true) {
      const fix = 'declare it in the environment, so that "nivesh-secrets env" writes it, or write required: false';
      findings.push(missingFile(source, file, node, named, fix));
    }
  }
  return links;
}

/** What `.env` files set that exist and can be read; Docker Compose says what is wrong with the others. */
async function readVariables(paths: readonly (string | undefined)[]): Promise<(readonly [string, string])[]> {
  const variables: (readonly [string, string])[] = [];
  for (const path of paths.filter((candidate) => candidate !== undefined)) {
    try {
      variables.push(...readAsCompose(await readFile(path, 'utf8')));
    } catch {
      // It sets nothing then.
    }
  }
  return variables;
}

function missingFile(
  { folder }: ComposeSource,
  file: ComposeFile,
  node: unknown,
  missing: string,
  fix: string,
): ComposeFinding {
  const message = `${relative(folder, missing)} does not exist`;
  return { rule: 'missing-file', file: file.path, line: lineOf(file, node), message, fix };
}

function firstFiles({ folder, files = [], lookup }: ComposeSource): readonly string[] {
  const fromVariable = lookup('COMPOSE_FILE')?.split(lookup('COMPOSE_PATH_SEPARATOR') ?? ':') ?? [];
  const named = files.length > 0 ? files : fromVariable;
  const missing = named.filter((path) => !existsSync(resolve(folder, path)));
  if (missing.length > 0) {
    throw usageError(`no such Compose file: ${missing.join(', ')}`, 'correct -f or COMPOSE_FILE');
  }
  if (named.length > 0) {
    return named;
  }
  const usual = usualNames.find((name) => existsSync(join(folder, name)));
  if (usual === undefined) {
    throw usageError(`no Compose file in ${folder}, looked for ${usualNames.join(', ')}`, 'name it with -f');
  }
  const override = usualOverrides.find((name) => existsSync(join(folder, name)));
  return override === undefined ? [usual] : [usual, override];
}

async function parseFile(
  folder: string,
  { path, defaults }: Waiting,
  findings: ComposeFinding[],
): Promise<ComposeFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw usageError(`${path} cannot be read: ${reasonOf(error)}`, 'name a Compose file that this user can read');
  });
  return parseComposeFile(relative(folder, path), bytes, defaults, findings);
}

/** The documents of a Compose file; what is wrong with it as a whole is added to the findings. */
export function parseComposeFile(
  path: string,
  bytes: Buffer,
  defaults: ComposeFile['defaults'],
  findings: ComposeFinding[],
): ComposeFile {
  const text = bytes.toString('utf8');
  const lines = new LineCounter();
  // Docker Compose has tags of its own (!reset, !override), which are no mistakes.
  const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
  const documents: readonly Document.Parsed[] = 'empty' in parsed ? [] : parsed;
  const file = { path, text, documents, lines, defaults };
  findings.push(...syntaxFindings(file, bytes.equals(Buffer.from(text))));
  return file;
}

/** What is wrong with a file as a whole. Only the first error counts: those after it follow from it. */
function syntaxFindings(file: ComposeFile, isText: boolean): ComposeFinding[] {
  const finding = (line: number, message: string): ComposeFinding[] => [
    { rule: 'syntax', file: file.path, line, message, fix: 'correct the line' },
  ];
  const [error] = file.documents.flatMap(({ errors }) => errors);
  if (error !== undefined) {
    return finding(error.linePos?.[0].line ?? 1, `not YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`);
  }
  if (!isText) {
    return finding(1, 'the file is not UTF-8 text');
  }
  const contents = file.documents.flatMap(({ contents: content }) => content ?? []);
  const strange = contents.find((content) => !isMap(content));
  return strange === undefined
    ? contents.length === 0
      ? finding(1, 'the file is empty')
      : []
    : finding(lineOf(file, strange), 'the top level is not a map such as "services:"');
}

/** Line of a node, from 1. */
export function lineOf({ lines }: ComposeFile, node: unknown): number {
  const range = (node as ParsedNode | undefined)?.range;
  return range ? lines.linePos(range[0]).line : 1;
}

/** A file on this machine; nothing for what Docker Compose fetches from elsewhere, and for paths without a value. */
function resolveLink(lookup: Lookup, base: string, target: string): string | undefined {
  if (/^(?:https?:|git@|ssh:|oci:|github\.com\/)/.test(target) || /\.git(?:#|$)/.test(target)) {
    return undefined;
  }
  try {
    return resolve(base, substituteTemplate(target, lookup));
  } catch {
    return undefined;
  }
}
