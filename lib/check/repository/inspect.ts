import { compare } from '../../catalog';
import { loadRepository } from './load';
import type { UnreadableFile } from './model';
import { checkObjects, checkRepository, type RepositoryFinding } from './rule';
import { readIgnoreComments } from './ignore-comments';
import { allRules, objectRules, repositoryRules } from './rules';
import { applySuppressions, type SuppressedFinding, type Suppression } from './suppressions';
import { type FileTree, listTree, readFiles } from './tree';
import { decodeText } from './file-text';

/** What is wrong in a repository, and what was not looked at. */
export interface RepositoryReport {
  /** By file and line. */
  readonly findings: readonly RepositoryFinding[];
  /** Those that somebody has given a reason for. */
  readonly suppressed: readonly SuppressedFinding[];
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
 * @param now decides which suppressions are over @default - the present
 * @throws CliError if there is no such folder
 */
export async function inspectRepository(path: string, now = new Date()): Promise<RepositoryReport> {
  const tree = await listTree(path);
  const { notes, suppressions, ...repository } = await loadRepository(tree);
  const found = [
    ...checkObjects(objectRules, repository.objects),
    ...checkRepository(repositoryRules, repository),
  ].filter(isFirst());
  const { findings, suppressed } = applySuppressions(
    found,
    [...suppressions, ...(await commentsInCode(tree, found, suppressions))],
    allRules.map(({ id }) => id),
    now,
  );
  return { findings: findings.toSorted(byPlace), suppressed, notes };
}

function byPlace({ location: a }: RepositoryFinding, { location: b }: RepositoryFinding): number {
  return compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0);
}

/** Code is only looked at for comments where something was found in it. */
async function commentsInCode(
  tree: FileTree,
  findings: readonly RepositoryFinding[],
  known: readonly Suppression[],
): Promise<Suppression[]> {
  const seen = new Set(known.map(({ location }) => location.file));
  const files = new Set(findings.map(({ location }) => location.file).filter((file) => !seen.has(file)));
  const comments: Suppression[] = [];
  await readFiles(
    tree,
    tree.files.filter((file) => files.has(file)),
    (file, answer) => {
      if ('bytes' in answer) {
        comments.push(...readIgnoreComments(file, decodeText(answer.bytes).text));
      }
    },
  );
  return comments;
}
