import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reasonOf } from '../error-reason';

/** A file that a log is read from. */
export interface LogFile {
  readonly path: string;
  readonly bytes: number;
}

/** Something that was given as a log and is none. */
export interface RefusedLog {
  readonly path: string;
  readonly reason: string;
  readonly fix: string;
}

/** See {@link findLogFiles}. */
export interface FoundLogs {
  /** Each once, however often it was given. */
  readonly files: readonly LogFile[];
  readonly refused: readonly RefusedLog[];
  /** What was given and matches nothing at all. */
  readonly missing: readonly string[];
}

/**
 * Finds the files of logs.
 * @param given paths; their last part may hold `*` and `?`, as in `audit.log*`
 */
export async function findLogFiles(given: readonly string[]): Promise<FoundLogs> {
  const files = new Map<string, LogFile>();
  const refused: RefusedLog[] = [];
  const missing: string[] = [];
  for (const pattern of given) {
    const paths = await expand(pattern);
    if (paths.length === 0) {
      missing.push(pattern);
    }
    for (const path of paths) {
      const found = await look(path);
      if (found === 'missing') {
        missing.push(path);
      } else if ('reason' in found) {
        refused.push(found);
      } else {
        const real = await realpath(path);
        files.set(real, files.get(real) ?? found);
      }
    }
  }
  return { files: [...files.values()], refused, missing };
}

/** Rotated files beside the given ones that were not given: `audit.log.1`, `audit.log-20261101.gz`, `audit-2026-11-01.log`. */
export async function siblingsOf(files: readonly LogFile[]): Promise<string[]> {
  const given = new Set(files.map(({ path }) => path));
  const siblings = new Set<string>();
  for (const { path } of files) {
    const stem = basename(path).replace(/(\.log)?([.-][\d.T-]+)?(\.log)?(\.gz)?$/, '');
    for (const name of await readdir(dirname(path)).catch((): string[] => [])) {
      const other = join(dirname(path), name);
      if (name.startsWith(stem) && /^(\.log)?([.-][\d.T-]+)?(\.log)?(\.gz)?$/.test(name.slice(stem.length))) {
        siblings.add(other);
      }
    }
  }
  return [...siblings].filter((path) => !given.has(path)).sort();
}

async function expand(pattern: string): Promise<string[]> {
  const name = basename(pattern);
  if (!/[*?]/.test(name) || (await exists(pattern))) {
    return [pattern];
  }
  const shape = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const names = await readdir(dirname(pattern)).catch((): string[] => []);
  return names
    .filter((candidate) => new RegExp(`^${shape}$`).test(candidate))
    .sort()
    .map((candidate) => join(dirname(pattern), candidate));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function look(path: string): Promise<LogFile | RefusedLog | 'missing'> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'missing'
      : { path, reason: `it cannot be looked at: ${reasonOf(error)}`, fix: 'run this as a user who may' };
  }
  if (stats.isDirectory()) {
    return { path, reason: 'it is a directory', fix: `give the files in it: ${join(path, '*')}` };
  }
  if (!stats.isFile()) {
    return { path, reason: 'it is not a regular file', fix: 'give a file, or save the stream to one first' };
  }
  return { path, bytes: stats.size };
}
