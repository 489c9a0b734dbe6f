import { displayPath } from './display-path';
import type { GitFile, Repository } from './repository';

/** Where an object is that no branch, tag or reflog leads to any more. */
export const unreachable = '(unreachable)';
/** Where an object is that a tag itself names, and no commit. */
const tagged = '(tag)';

/**
 * Every content that a repository ever had and still has, each once: of all branches and tags, of the reflog and the
 * index, and what nothing leads to any more. The path is one of those that it had.
 */
export async function historyFiles(repository: Repository): Promise<GitFile[]> {
  const roots = ['--all', '--reflog', '--indexed-objects'];
  const check = '--batch-check=%(objecttype) %(objectname)';
  // In a partial clone the first fetches what the second is to list.
  const reachable = await repository.output(['rev-list', '--objects', ...roots, '--filter=object:type=blob']);
  const all = await repository.output(['cat-file', '--batch-all-objects', '--unordered', check]);
  const names = new Map<string, Buffer>();
  for (const line of lines(reachable)) {
    const space = line.indexOf(0x20);
    if (space !== -1) {
      names.set(line.toString('latin1', 0, space), line.subarray(space + 1));
    }
  }
  const files: GitFile[] = [];
  for (const line of lines(all)) {
    const [type, blob = ''] = line.toString('latin1').split(' ');
    if (type === 'blob') {
      const name = names.get(blob);
      files.push({ name: name ?? Buffer.alloc(0), path: pathOf(name), blob });
    }
  }
  return files;
}

function pathOf(name: Buffer | undefined): string {
  return name ? displayPath(name) || tagged : unreachable;
}

function* lines(output: Buffer): Generator<Buffer> {
  for (let start = 0, end = output.indexOf(0x0a); end !== -1; start = end + 1, end = output.indexOf(0x0a, start)) {
    yield output.subarray(start, end);
  }
}
