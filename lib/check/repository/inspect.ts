import { compare } from '../../catalog';
import { loadRepository } from './load';
import type { UnreadableFile } from './model';
import { checkObjects, checkRepository, type RepositoryFinding } from './rule';
import { objectRules, repositoryRules } from './rules';
import { listTree } from './tree';

/** What is wrong in a repository, and what was not looked at. */
export interface RepositoryReport {
  /** By file and line. */
  readonly findings: readonly RepositoryFinding[];
  readonly notes: readonly UnreadableFile[];
}

/** The same template, rendered for several environments, has the same fault in each. */
function isFirst(): (finding: RepositoryFinding) => boolean {
  const seen = new Set<string>();
  return ({ rule, location: { file, line }, message }) => {
    const identity = JSON.stringify([rule, file, line, message]);
    return !seen.has(identity) && seen.add(identity).has(identity);
  };
}

/**
 * Checks a repository that may never have heard of this library.
 * @param path its folder, or one file
 * @throws CliError if there is no such folder
 */
export async function inspectRepository(path: string): Promise<RepositoryReport> {
  const { notes, ...repository } = await loadRepository(await listTree(path));
  const findings = [...checkObjects(objectRules, repository.objects), ...checkRepository(repositoryRules, repository)]
    .filter(isFirst())
    .toSorted(({ location: a }, { location: b }) => compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0));
  return { findings, notes };
}
