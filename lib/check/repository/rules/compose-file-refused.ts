import { composeFaults } from '../compose-rules';
import type { RepositoryRule } from '../rule';

/** A Compose file that Docker Compose does not take. */
export const composeFileRefused: RepositoryRule = {
  id: 'compose-file-refused',
  summary: 'Docker Compose would refuse the file',
  why: 'Nothing starts, and what is in the file is not checked.',
  fix: 'Correct the line. A file that is included or extended is there, has the service, and does not lead back. A variable is ${NAME}, ${NAME:?message} or ${NAME:-default}; a plain "$" is "$$".',
  example: { wrong: 'POSTGRES_PASSWORD: ${DB-PASSWORD?}}', right: 'POSTGRES_PASSWORD: ${DB_PASSWORD:?set it in .env}' },
  severity: 'error',
  checkRepository: (repository) =>
    composeFaults(repository, ['syntax', 'template', 'missing-file', 'missing-service', 'circular']),
};
