import { isRealSecret } from '../real-secret';
import type { RepositoryRule } from '../rule';

/** A `.env` file that git has, or would take. */
export const envFileInRepository: RepositoryRule = {
  id: 'env-file-in-repository',
  summary: 'git has a .env file with secrets, or would take it',
  why: 'The values get into the history with the next commit, where nobody can remove them for those who have fetched it.',
  fix: 'Ignore the file in .gitignore, run "git rm --cached" if it is tracked, and rotate what it held if it was ever pushed.',
  example: { wrong: '# git status: new file .env', right: '# .gitignore: .env* and !.env*.example' },
  severity: 'error',
  checkRepository: ({ envFiles }) =>
    envFiles
      .filter(({ example, taken }) => taken && !example)
      .flatMap(({ path, entries }) => {
        const real = entries.filter(({ name, value }) => isRealSecret(name, value.reveal()));
        const [first] = real;
        return first === undefined
          ? []
          : [
              {
                location: { file: path, line: first.line },
                message: `git does not ignore this file with secrets: ${real.map(({ name }) => name).join(', ')}`,
                fix: `add it to .gitignore, run "git rm --cached ${path}" if it is tracked, and rotate what was pushed`,
              },
            ];
      }),
};
