import { composeFaults } from '../compose-rules';
import type { RepositoryRule } from '../rule';

/** A secret that starts without being set. */
export const secretWithDefault: RepositoryRule = {
  id: 'secret-with-default',
  summary: 'a secret in a Compose file has a default, or may be empty',
  why: 'Without a value everything starts, with a password that everybody knows, or with none.',
  fix: 'Write ${NAME:?message}: then nothing starts without it.',
  example: { wrong: 'JWT_SECRET: ${JWT_SECRET:-<a default>}', right: 'JWT_SECRET: ${JWT_SECRET:?set it in .env}' },
  severity: 'warning',
  checkRepository: (repository) =>
    composeFaults(repository, ['secret-default', 'secret-not-required'], 'write ${NAME:?set it in .env}'),
};
