import { ignoreLines } from '../../dotenv/git';
import type { Merge } from './merge';

/** At the top of a repository. */
export const gitignorePath = '.gitignore';

/** What must never be committed: values on a laptop, and the state of the embedded platform, which has tokens and keys. */
const groups: readonly (readonly string[])[] = [ignoreLines('.env'), ['.embedded/']];

/**
 * Adds the lines that a `.gitignore` lacks, at its end. The lines of one group stand together: git goes by the last line
 * that matches (https://git-scm.com/docs/gitignore).
 * @param text of the file @default - there is none
 */
export function mergeGitignore(text = ''): Merge {
  const lines = text.split('\n').map(plainPattern);
  const missing = groups.flatMap((group) => {
    const places = group.map((line) => lines.lastIndexOf(plainPattern(line)));
    const firstMissing = places.findIndex((place, index) => place < (index === 0 ? 0 : (places[index - 1] ?? 0)));
    return firstMissing === -1 ? [] : group.slice(firstMissing);
  });
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const start = text === '' || text.endsWith('\n') ? text : text + lineBreak;
  return { text: missing.length === 0 ? text : start + missing.map((line) => line + lineBreak).join(''), problems: [] };
}

/** Without the slashes that make no difference to what these lines are for. */
function plainPattern(line: string): string {
  return line
    .trim()
    .replace(/^(!?)\//, '$1')
    .replace(/\/$/, '');
}
