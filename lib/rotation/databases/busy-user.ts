import type { Problem } from '../../catalog';

/**
 * Somebody works as the user whose turn is next; a new password would lock them out.
 * @param path database and user, `postgresql nivesh_app_b`
 * @param got who, without values
 * @param allowed @default 'none'
 */
export function busyUserProblem(path: string, got: string, allowed = 'none'): Problem {
  return {
    path,
    what: 'somebody uses the user whose password is about to be replaced',
    got,
    allowed,
    fix: 'give these programs the credential that is in Vault, or end them',
  };
}
