import { dirname, join, relative, resolve } from 'node:path';
import type { Node } from 'yaml';
import { type Lookup, substituteTemplate, templateVariables } from '../dotenv/compose-template';
import type { ComposeFinding } from './compose';
import { type ComposeFile, lineOf, parseComposeFile } from './compose-file';
import { extendedFiles, inclusions, type Link } from './compose-links';

/** Files that Docker Compose merges, in their order. */
export interface ComposeSet {
  /** Absolute paths. */
  readonly paths: readonly string[];
  /** Folder that paths in them start from. */
  readonly base: string;
  /** Variables of an included file's own `.env`, which count where the project sets none. @default - none */
  readonly defaults?: ReadonlyMap<string, string>;
}

/** A set whose files are read. */
export interface LoadedSet {
  readonly files: readonly ComposeFile[];
  readonly base: string;
  /** The sets that its services extend, by the path as it is written. */
  readonly extended: ReadonlyMap<string, LoadedSet>;
  /** The sets that it includes, in the order of its files. */
  readonly included: readonly IncludedSet[];
}

/** An included set, and where it is named. */
export interface IncludedSet {
  readonly set: LoadedSet;
  readonly file: ComposeFile;
  readonly node: Node;
}

/** Something about a line that is worth knowing and nobody's mistake. */
export interface ComposeNote {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly fix: string;
}

/** Compose files with everything that they include and extend. */
export interface LoadedCompose {
  /** Each file once, in the order of reading. */
  readonly files: readonly ComposeFile[];
  /** The sets that were asked for. */
  readonly entries: readonly LoadedSet[];
  readonly findings: readonly ComposeFinding[];
  /** What is not followed. */
  readonly notes: readonly ComposeNote[];
}

/** Where files come from. */
export interface ComposeReader {
  /** Folder that paths in reports start from. */
  readonly folder: string;
  /** Variables for paths. */
  readonly lookup: Lookup;
  /** The bytes of a file; nothing where there is none; or why it is not read. */
  readonly read: (path: string) => Promise<Buffer | undefined | { readonly unread: string; readonly fix: string }>;
  /** What a `.env` file sets; nothing where it cannot be read. */
  readonly variables: (path: string) => Promise<Iterable<readonly [string, string]>>;
}

/** Reads sets of Compose files with everything that they include and extend, each file once. */
export async function loadCompose(sets: readonly ComposeSet[], reader: ComposeReader): Promise<LoadedCompose> {
  return await new Loading(reader).load(sets);
}

interface GrowingSet extends LoadedSet {
  readonly files: ComposeFile[];
  readonly extended: Map<string, LoadedSet>;
  readonly included: IncludedSet[];
}

/** A file that includes itself could be read with one project folder below the other, without an end. */
const mostBases = 8;

class Loading {
  private readonly answers = new Map<string, ReturnType<ComposeReader['read']>>();
  private readonly files = new Map<string, ComposeFile>();
  private readonly sets = new Map<string, readonly GrowingSet[]>();
  private readonly waiting: { readonly set: ComposeSet; readonly loaded: GrowingSet }[] = [];
  private readonly findings: ComposeFinding[] = [];
  private readonly notes: ComposeNote[] = [];

  constructor(private readonly reader: ComposeReader) {}

  async load(sets: readonly ComposeSet[]): Promise<LoadedCompose> {
    const entries = sets.map((set) => this.setOf(set));
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      await this.read(next.set, next.loaded);
    }
    this.findCircles(entries);
    return { files: [...this.files.values()], entries, findings: once(this.findings), notes: once(this.notes) };
  }

  /** What is included twice is read once, with the variables of the first time. */
  private setOf(set: ComposeSet): GrowingSet {
    const key = set.paths.join('\0');
    const known = this.sets.get(key) ?? [];
    const same = known.find(({ base }) => base === set.base) ?? known[mostBases];
    if (same) {
      return same;
    }
    const loaded = { files: [], base: set.base, extended: new Map(), included: [] };
    this.sets.set(key, [...known, loaded]);
    this.waiting.push({ set, loaded });
    return loaded;
  }

  private async read(set: ComposeSet, loaded: GrowingSet): Promise<void> {
    const { base, defaults = new Map<string, string>() } = set;
    for (const path of set.paths) {
      const file = this.files.get(path) ?? (await this.parse(path, defaults));
      loaded.files.push(...(file ? [file] : []));
    }
    const lookup: Lookup = (name) => this.reader.lookup(name) ?? defaults.get(name);
    for (const file of loaded.files) {
      for (const { paths, projectDirectory, envFiles } of file.documents.flatMap(inclusions)) {
        const found: string[] = [];
        for (const link of paths) {
          found.push(...(await this.follow(file, link, lookup, base)));
        }
        const [first] = found;
        if (first !== undefined && paths[0]) {
          const folder = resolvePath(lookup, base, projectDirectory) ?? dirname(first);
          const own = envFiles?.map((name) => resolvePath(lookup, base, name)) ?? [join(folder, '.env')];
          const variables = new Map([...(await this.variablesOf(own)), ...defaults]);
          const included = this.setOf({ paths: found, base: folder, defaults: variables });
          loaded.included.push({ set: included, file, node: paths[0].node });
        }
      }
      const links = new Map<string, Link>();
      for (const link of file.documents.flatMap(extendedFiles)) {
        links.set(link.target, links.get(link.target) ?? link);
      }
      for (const link of links.values()) {
        for (const path of await this.follow(file, link, lookup, base)) {
          loaded.extended.set(link.target, this.setOf({ paths: [path], base: dirname(path), defaults }));
        }
      }
    }
  }

  private async parse(path: string, defaults: ReadonlyMap<string, string>): Promise<ComposeFile | undefined> {
    const bytes = await this.bytesOf(path);
    if (!Buffer.isBuffer(bytes)) {
      return undefined;
    }
    const file = parseComposeFile(relative(this.reader.folder, path), bytes, defaults, this.findings);
    this.files.set(path, file);
    return file;
  }

  private async bytesOf(path: string): ReturnType<ComposeReader['read']> {
    const answer = this.answers.get(path) ?? this.reader.read(path);
    this.answers.set(path, answer);
    return await answer;
  }

  /** The file that a link leads to; one that is missing is a finding, and one that is elsewhere a note. */
  private async follow(file: ComposeFile, { target, node }: Link, lookup: Lookup, base: string): Promise<string[]> {
    const place = { file: file.path, line: lineOf(file, node) };
    const remote = isRemote(target);
    const path = remote || !isKnown(target, lookup) ? undefined : resolvePath(lookup, base, target);
    if (path === undefined) {
      const why = remote ? 'it would have to be fetched' : 'nothing here sets the variables in its path';
      const fix = 'check what it brings by itself';
      this.notes.push({ ...place, message: `${target} is not followed: ${why}`, fix });
      return [];
    }
    const shown = relative(this.reader.folder, path);
    const answer = await this.bytesOf(path);
    if (answer === undefined) {
      const message = `${shown} does not exist`;
      this.findings.push({ rule: 'missing-file', ...place, message, fix: 'correct the path' });
    } else if (!Buffer.isBuffer(answer)) {
      this.notes.push({ ...place, message: `${shown} is not followed: ${answer.unread}`, fix: answer.fix });
    }
    return Buffer.isBuffer(answer) ? [path] : [];
  }

  private async variablesOf(paths: readonly (string | undefined)[]): Promise<(readonly [string, string])[]> {
    const variables: (readonly [string, string])[] = [];
    for (const path of paths.filter((candidate) => candidate !== undefined)) {
      variables.push(...(await this.reader.variables(path)));
    }
    return variables;
  }

  /** Docker Compose refuses a file that includes itself by whatever way. Each circle is reported once. */
  private findCircles(entries: readonly LoadedSet[]): void {
    includedFirst(entries, (circle) => {
      const [target] = circle.set.files;
      if (target) {
        this.findings.push({
          rule: 'circular',
          file: circle.file.path,
          line: lineOf(circle.file, circle.node),
          message: `${target.path} is included here, and includes this file in turn`,
          fix: 'include it in one direction only',
        });
      }
    });
  }
}

/** A file in two sets is looked at twice. */
function once<T extends ComposeNote>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify([one.file, one.line, one.message]), one])).values()];
}

/**
 * Sets with everything that they include, each once and after what it includes itself.
 * @param onCircle takes each inclusion that leads back
 */
export function includedFirst(
  entries: readonly LoadedSet[],
  onCircle: (inclusion: IncludedSet) => void = () => undefined,
): LoadedSet[] {
  const done = new Set<LoadedSet>();
  for (const entry of entries) {
    const open = new Set<LoadedSet>();
    // Not by recursion: a chain of inclusions may be longer than the stack.
    const path: { readonly set: LoadedSet; next: number }[] = [];
    const enter = (set: LoadedSet): void => {
      open.add(set);
      path.push({ set, next: 0 });
    };
    if (!done.has(entry)) {
      enter(entry);
    }
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const inclusion = top.set.included[top.next++];
      if (inclusion === undefined) {
        open.delete(top.set);
        done.add(top.set);
        path.pop();
      } else if (open.has(inclusion.set)) {
        onCircle(inclusion);
      } else if (!done.has(inclusion.set)) {
        enter(inclusion.set);
      }
    }
  }
  return [...done];
}

/** Sets with everything that they include and extend, each once. */
export function allSets(entries: readonly LoadedSet[]): LoadedSet[] {
  const all = new Set(entries);
  for (const { included, extended } of all) {
    [...included.map(({ set }) => set), ...extended.values()].forEach((set) => all.add(set));
  }
  return [...all];
}

/** What Docker Compose fetches from elsewhere. */
function isRemote(target: string): boolean {
  return /^(?:https?:|git@|git:|ssh:|oci:|github\.com\/)/.test(target) || /\.git(?:#|$)/.test(target);
}

function isKnown(target: string, lookup: Lookup): boolean {
  try {
    return templateVariables(target).every(
      ({ name, operator }) => lookup(name) !== undefined || /[-+]$/.test(operator ?? ''),
    );
  } catch {
    return false;
  }
}

/** A path on this machine; nothing for one that is not there, and for one that Docker Compose would refuse. */
export function resolvePath(lookup: Lookup, base: string, target: string | undefined): string | undefined {
  try {
    return target === undefined ? undefined : resolve(base, substituteTemplate(target, lookup));
  } catch {
    return undefined;
  }
}
