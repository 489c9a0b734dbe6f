import { access } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { dirname } from 'node:path/posix';
import { compare } from '../../catalog';
import { groupBy } from '../../catalog/group-by';
import type { ComposeFinding } from '../compose';
import { type ComposeFile, nestedTooDeeply } from '../compose-file';
import { usualFiles } from '../compose-files';
import {
  allSets,
  type ComposeReader,
  type ComposeSet,
  includedFirst,
  loadCompose,
  type LoadedSet,
} from '../compose-loader';
import { type ComposeService, readServices } from '../compose-services';
import { type ComposeContents, type LiteralSecret, readContents, type VariableUse } from '../compose-uses';
import { type EnvFile, envFileOf } from './env-files';
import type { UnreadableFile } from './model';
import { type FileTree, readBytes } from './tree';

/** The Compose files of one folder, which are combined with `-f`, with what they include and extend. */
export interface ComposeProject {
  /** From the root; `.` for the root itself. */
  readonly folder: string;
  /** With the variables that an included file has of its own. */
  readonly files: readonly Pick<ComposeFile, 'path' | 'defaults'>[];
  readonly uses: readonly VariableUse[];
  readonly literals: readonly LiteralSecret[];
  /** What Docker Compose would refuse. */
  readonly findings: readonly ComposeFinding[];
}

/** What the Compose files of a repository say. */
export interface ReadCompose {
  readonly projects: readonly ComposeProject[];
  readonly services: readonly ComposeService[];
  /** What is not followed. */
  readonly notes: readonly UnreadableFile[];
}

/** Whether a file is a Compose file, by its name. */
export function isComposeFile(path: string): boolean {
  return /(?:^|\/)(?:docker-)?compose(?:[._-][^/]*)?\.ya?ml$/.test(path);
}

/** The sets of one folder. */
interface Entry {
  readonly folder: string;
  readonly sets: readonly ComposeSet[];
}

/**
 * Reads Compose files, each folder a project, and follows them to what they include and extend. A folder that another
 * project includes as a whole is a part of that one.
 * @param files those that are Compose files by their name
 */
export async function readComposeProjects(
  tree: FileTree,
  files: ReadonlyMap<string, Buffer>,
  envFiles: readonly EnvFile[],
): Promise<ReadCompose> {
  const reader = readerOf(tree, files, envFiles);
  // Of two that include each other, the upper one is the project.
  const entries = [...groupBy([...files.keys()], (path) => dirname(path))]
    .map(([folder, paths]) => ({ folder, sets: setsOf(join(tree.root, folder), paths) }))
    .sort((a, b) => depthOf(a.folder) - depthOf(b.folder) || compare(a.folder, b.folder));
  const kept = await withoutIncluded(entries, reader);
  const sets = kept.flatMap((entry) => entry.sets);
  const loaded = await loadCompose(sets, reader);
  const { services, findings } = readServices(loaded.entries, tree.root);
  const contents = new Map(loaded.files.map((file) => [file, contentsOf(file)]));
  const loadedSets = new Map(sets.map((set, index) => [set, loaded.entries[index]]));
  const projects = kept.map(({ folder, sets: own }) => {
    const members = [...filesOf(allSets(own.flatMap((set) => loadedSets.get(set) ?? [])))];
    members.sort((a, b) => compare(a.path, b.path));
    const paths = new Set(members.map(({ path }) => path));
    const inside = members.flatMap((file) => contents.get(file) ?? []);
    return {
      folder,
      files: members,
      uses: inside.flatMap(({ uses }) => uses),
      literals: inside.flatMap(({ literals }) => literals),
      findings: [
        ...[...loaded.findings, ...findings].filter(({ file }) => paths.has(file)),
        ...inside.flatMap((content) => content.findings),
      ],
    };
  });
  const notes = loaded.notes.map(({ message, ...note }) => ({ ...note, reason: message }));
  return { projects, services, notes };
}

function depthOf(folder: string): number {
  return folder === '.' ? 0 : folder.split('/').length;
}

/** The usual files are merged; of the others nobody here says which go together. */
function setsOf(base: string, paths: readonly string[]): ComposeSet[] {
  const names = paths.map((path) => path.slice(path.lastIndexOf('/') + 1));
  const usual = usualFiles((name) => names.includes(name));
  const others = names.filter((name) => !usual.includes(name)).map((name) => [name]);
  return [...(usual.length > 0 ? [usual] : []), ...others].map((set) => ({
    paths: set.map((name) => join(base, name)),
    base,
  }));
}

async function withoutIncluded(entries: readonly Entry[], reader: ComposeReader): Promise<readonly Entry[]> {
  const { entries: loaded } = await loadCompose(
    entries.flatMap(({ sets }) => sets),
    reader,
  );
  let next = 0;
  const projects = entries.map((entry) => {
    const own = loaded.slice(next, (next += entry.sets.length));
    return { entry, own: filesOf(own), all: filesOf(includedFirst(own)) };
  });
  const isPart = (part: ReadonlySet<ComposeFile>, whole: ReadonlySet<ComposeFile>): boolean =>
    whole.size >= part.size && [...part].every((file) => whole.has(file));
  return projects
    .filter(
      (one, index) =>
        !projects.some(
          (other, place) =>
            place !== index && isPart(one.own, other.all) && !(index < place && isPart(other.own, one.all)),
        ),
    )
    .map(({ entry }) => entry);
}

function filesOf(sets: Iterable<LoadedSet>): ReadonlySet<ComposeFile> {
  return new Set([...sets].flatMap(({ files }) => files));
}

function contentsOf(file: ComposeFile): ComposeContents {
  try {
    return readContents(file);
  } catch {
    return { uses: [], literals: [], findings: [nestedTooDeeply(file.path)] };
  }
}

/** Reads nothing but files of the tree; variables of paths are those that have a default. */
function readerOf(tree: FileTree, known: ReadonlyMap<string, Buffer>, envFiles: readonly EnvFile[]): ComposeReader {
  const listed = new Set(tree.files);
  const inTree = (path: string): string => relative(tree.root, path).split(sep).join('/');
  return {
    folder: tree.root,
    lookup: () => undefined,
    read: async (absolute) => {
      const path = inTree(absolute);
      if (path === '..' || path.startsWith('../')) {
        return { unread: 'it lies outside of what is checked', fix: 'check the folder above' };
      }
      const answer = known.get(path) ?? (listed.has(path) ? await readBytes(tree, path) : undefined);
      if (answer === undefined) {
        return await access(absolute).then(
          () => ({ unread: 'it is not among the files that are checked', fix: 'have git track it, and not as a link' }),
          () => undefined,
        );
      }
      return Buffer.isBuffer(answer)
        ? answer
        : 'bytes' in answer
          ? answer.bytes
          : { unread: answer.reason, fix: answer.fix };
    },
    variables: (path) =>
      Promise.resolve(
        (envFileOf(inTree(path), envFiles)?.entries ?? []).map(({ name, value }) => [name, value.reveal()] as const),
      ),
  };
}
