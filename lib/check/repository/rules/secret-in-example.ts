import { isRealSecret } from '../real-secret';
import type { RepositoryRule } from '../rule';

/** A real value where an example was meant. */
export const secretInExample: RepositoryRule = {
  id: 'secret-in-example',
  summary: 'an example file of variables has a value that looks real',
  why: 'Example files are committed. A value that looks like no placeholder is mostly a copy of a real one, and where it is not, somebody will use it.',
  fix: 'Write a placeholder such as <generate>, or nothing, and rotate the value if it is used anywhere.',
  example: { wrong: 'JWT_SECRET=<a value from openssl rand>', right: 'JWT_SECRET=change-me' },
  severity: 'error',
  checkRepository: ({ envFiles }) =>
    envFiles
      .filter(({ example }) => example)
      .flatMap(({ path, entries }) =>
        entries
          .filter(({ name, value }) => isRealSecret(name, value.reveal()))
          .map(({ name, line }) => ({
            location: { file: path, line },
            message: `the value of ${name} looks real`,
            fix: 'write a placeholder such as <generate>, and rotate the value if it is used anywhere',
          })),
      ),
};
