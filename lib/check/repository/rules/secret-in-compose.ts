import { composeFaults } from '../compose-rules';
import type { RepositoryRule } from '../rule';

/** A password in a Compose file. */
export const secretInCompose: RepositoryRule = {
  id: 'secret-in-compose',
  summary: 'a Compose file has a secret in it',
  why: 'The value is in the repository and its history. That a database "is only local" lasts until somebody copies the file.',
  fix: 'Take the value from .env, which git ignores, and rotate what stood here.',
  example: {
    wrong: 'POSTGRES_PASSWORD: <the value>',
    right: 'POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}',
  },
  severity: 'error',
  checkRepository: (repository) =>
    composeFaults(
      repository,
      ['literal-secret'],
      'write ${NAME:?set it in .env} with the name of the variable, and rotate what stood here',
    ),
};
