import { table } from '../cli/output';
import { type AccessMatrix, usesOf } from './access-matrix';
import { identityColumns } from './matrix-identity';

/** The matrix for a terminal: a line a variable; what a grant repeats is left out below its first line. */
export function matrixTable(matrix: AccessMatrix): string {
  const headings = ['WORKLOAD', 'SECRET', 'VARIABLE', 'FIELDS', 'SERVICE ACCOUNT', 'ROLE', 'POLICY'];
  const withEnvironment = matrix.environments.length > 1;
  return table(withEnvironment ? ['ENVIRONMENT', ...headings] : headings, {
    [Symbol.iterator]: () => rowsOf(matrix, withEnvironment),
  });
}

function* rowsOf({ grants }: AccessMatrix, withEnvironment: boolean): Generator<readonly string[]> {
  for (const grant of grants) {
    const { delivery, namespace, serviceAccount, vaultRole, vaultPolicy } = identityColumns(grant);
    const isVault = grant.identity.type === 'vault';
    let isFirst = true;
    const oncePerGrant = (cell: string): string => (isFirst ? cell : '');
    for (const { name, fields } of usesOf(grant)) {
      yield [
        ...(withEnvironment ? [oncePerGrant(grant.environment)] : []),
        oncePerGrant(grant.workload),
        oncePerGrant(grant.secret),
        name,
        fields.join(' '),
        oncePerGrant(isVault ? `${namespace}/${serviceAccount}` : `${serviceAccount}: ${delivery}`),
        oncePerGrant(isVault ? vaultRole : '-'),
        oncePerGrant(isVault ? vaultPolicy : '-'),
      ];
      isFirst = false;
    }
  }
}
