import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AccessMatrix, accessMatrix } from '../audit/access-matrix';
import { parseMatrixJson } from '../audit/matrix-json';
import { reasonOf } from '../error-reason';
import { usageError } from './errors';
import { withCheckout } from './git-checkout';
import { loadEnvironments, type Project } from './project';

/**
 * The matrix that another one is compared with: from a file that `matrix --format json` wrote, or from the catalog as it
 * was at a commit.
 * @throws CliError if it is neither
 */
export async function loadBase(project: Project, base: string): Promise<AccessMatrix> {
  if (existsSync(base) && statSync(base).isFile()) {
    try {
      return parseMatrixJson(await readFile(base, 'utf8'));
    } catch (error) {
      throw usageError(`${base} cannot be used: ${reasonOf(error)}`, 'name a file that "matrix --format json" wrote');
    }
  }
  return await withCheckout(project.root, base, (root) => accessMatrix(loadEnvironments({ ...project, root })));
}

/** The part of a matrix that is one environment's; all of it where none is named. */
export function ofEnvironment(matrix: AccessMatrix, environment: string | undefined): AccessMatrix {
  return environment === undefined
    ? matrix
    : {
        ...matrix,
        environments: matrix.environments.filter((name) => name === environment),
        grants: matrix.grants.filter((grant) => grant.environment === environment),
      };
}
