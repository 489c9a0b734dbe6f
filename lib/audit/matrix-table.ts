import { table } from '../cli/output';
import { type AccessMatrix, usesOf } from './access-matrix';
import { identityColumns } from './matrix-identity';

/** The matrix for a terminal: a line a variable; what a grant repeats is left out below its first line. */
export function matrixTable({ environments, grants }: AccessMatrix): string {
  const withEnvironment = environments.length > 1;
  const headings = ['WORKLOAD', 'SECRET', 'VARIABLE', 'FIELDS', 'SERVICE ACCOUNT', 'ROLE', 'POLICY'];
  const rows = grants.flatMap((grant) => {
    const { delivery, namespace, serviceAccount, vaultRole, vaultPolicy } = identityColumns(grant);
    const isVault = grant.identity.type === 'vault';
    return usesOf(grant).map(({ name, fields }, index) => {
      const isFirst = index === 0;
      const oncePerGrant = (cell: string): string => (isFirst ? cell : '');
      return [
        ...(withEnvironment ? [oncePerGrant(grant.environment)] : []),
        oncePerGrant(grant.workload),
        oncePerGrant(grant.secret),
        name,
        fields.join(' '),
        oncePerGrant(isVault ? `${namespace}/${serviceAccount}` : `${serviceAccount}: ${delivery}`),
        oncePerGrant(isVault ? vaultRole : '-'),
        oncePerGrant(isVault ? vaultPolicy : '-'),
      ];
    });
  });
  return table(withEnvironment ? ['ENVIRONMENT', ...headings] : headings, rows);
}
