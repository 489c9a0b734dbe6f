import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

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
  // Whatever the clocks say, no commit before those that follow it; whatever the settings say, with the first commit.
  const walk = ['--all', '--reflog', '--date-order', '--root'];
  const flags = ['--raw', '--no-abbrev', '--no-renames', '-m', '--format=%H %cI'];
  const git = spawn('git', ['-C', root, 'log', ...walk, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
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
