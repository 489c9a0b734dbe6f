import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { usageError } from '../cli/errors';
import type { Lookup } from '../dotenv/compose-template';
import { readAsCompose } from '../dotenv/readers';
import { reasonOf } from '../error-reason';
import type { ComposeFinding } from './compose';
import { type ComposeFile, lineOf } from './compose-file';
import { environmentFiles } from './compose-links';
import { allSets, loadCompose, type LoadedCompose, type LoadedSet, resolvePath } from './compose-loader';

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
export async function loadComposeFiles(source: ComposeSource): Promise<LoadedCompose> {
  const { folder, lookup } = source;
  const paths = firstFiles(source).map((path) => resolve(folder, path));
  // Paths in the files of -f start from the folder of the first.
  const base = dirname(paths[0] ?? folder);
  const loaded = await loadCompose([{ paths, base }], { folder, lookup, read: readCompose, variables: readVariables });
  return { ...loaded, findings: [...loaded.findings, ...missingVariableFiles(source, loaded.entries)] };
}

async function readCompose(path: string): Promise<Buffer | undefined> {
  return existsSync(path)
    ? await readFile(path).catch((error: unknown) => {
        throw usageError(`${path} cannot be read: ${reasonOf(error)}`, 'name a Compose file that this user can read');
      })
    : undefined;
}

/** What a `.env` file sets; Docker Compose says what is wrong with one that cannot be read. */
async function readVariables(path: string): Promise<Iterable<readonly [string, string]>> {
  try {
    return readAsCompose(await readFile(path, 'utf8'));
  } catch {
    return [];
  }
}

/** Files of variables that a service needs and that nobody writes. */
function missingVariableFiles(source: ComposeSource, entries: readonly LoadedSet[]): ComposeFinding[] {
  const seen = new Set<ComposeFile>();
  const isFirst = (file: ComposeFile): boolean => !seen.has(file) && seen.add(file).has(file);
  return allSets(entries).flatMap(({ files, base }) =>
    files.filter(isFirst).flatMap((file) =>
      file.documents.flatMap(environmentFiles).flatMap(({ target, node }) => {
        const named = resolvePath((name) => source.lookup(name) ?? file.defaults.get(name), base, target);
        if (named === undefined || existsSync(named) || source.written?.has(named) === true) {
          return [];
        }
        const message = `${relative(source.folder, named)} does not exist`;
        const fix = 'declare it in the environment, so that "nivesh-secrets env" writes it, or write required: false';
        return [{ rule: 'missing-file' as const, file: file.path, line: lineOf(file, node), message, fix }];
      }),
    ),
  );
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
  const usual = usualFiles((name) => existsSync(join(folder, name)));
  if (usual.length === 0) {
    throw usageError(`no Compose file in ${folder}, looked for ${usualNames.join(', ')}`, 'name it with -f');
  }
  return usual;
}

/** The file that Docker Compose takes of a folder where none is named, with its override; none where there is none. */
export function usualFiles(exists: (name: string) => boolean): string[] {
  const usual = usualNames.find(exists);
  const override = usualOverrides.find(exists);
  return [usual, usual && override].filter((name) => name !== undefined);
}
