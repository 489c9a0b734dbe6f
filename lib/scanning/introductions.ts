import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Arguments of git that list every commit with what changed in it, newest first. Whatever the clocks say, none stands before
 * those that follow it; whatever the settings say, the first one is among them.
 */
export const rawLog: readonly string[] = [
  ...['log', '--all', '--date-order', '--root', '--raw', '--no-abbrev', '--no-renames', '-m', '--format=%H %cI'],
];

/** The commit that brought a content in. */
export interface Introduction {
  readonly commit: string;
  readonly time: string;
}

/**
 * For each of some objects the first commit that has it, in one walk through the history of all branches, tags and the
 * reflog; an object that none of them leads to has no entry.
 */
export async function introductionsOf(root: string, blobs: ReadonlySet<string>): Promise<Map<string, Introduction>> {
  const found = new Map<string, Introduction>();
  if (blobs.size === 0) {
    return found;
  }
  const git = spawn('git', ['-C', root, ...rawLog, '--reflog'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let current: Introduction | undefined;
  // Newest first, so the last one that is seen is the first one that was.
  for await (const line of createInterface({ input: git.stdout, crlfDelay: Infinity })) {
    if (line.startsWith(':')) {
      const blob = line.split(' ', 4)[3];
      if (current && blob !== undefined && blobs.has(blob)) {
        found.set(blob, current);
      }
    } else if (line !== '') {
      const [commit = '', time = ''] = line.split(' ');
      current = { commit, time };
    }
  }
  return found;
}
