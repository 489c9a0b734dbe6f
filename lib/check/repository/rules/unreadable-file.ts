import type { RepositoryRule } from '../rule';

/** A file that matters and cannot be read. */
export const unreadableFile: RepositoryRule = {
  id: 'unreadable-file',
  summary: 'a manifest, Compose file or .env file cannot be read',
  why: 'What is in it is not checked, and the tools that it is for refuse it, read only a part of it, or read something else.',
  fix: 'Correct the line that is named. Files are UTF-8, YAML is nested by spaces, and aliases are few.',
  example: { wrong: 'data: { a: 1', right: 'data: { a: 1 }' },
  severity: 'error',
  checkRepository: ({ unreadable }) =>
    unreadable.map(({ reason, fix, ...location }) => ({ location, message: reason, fix })),
};
