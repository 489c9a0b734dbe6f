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
      const row = [
        grant.environment,
        grant.workload,
        grant.secret,
        name,
        fields.join(' '),
        isVault ? `${namespace}/${serviceAccount}` : `${serviceAccount}: ${delivery}`,
        isVault ? vaultRole : '-',
        isVault ? vaultPolicy : '-',
      ];
      return index === 0 ? row : row.map((cell, column) => (column === 3 || column === 4 ? cell : ''));
    });
  });
  return withEnvironment
    ? table(['ENVIRONMENT', ...headings], rows)
    : table(
        headings,
        rows.map((row) => row.slice(1)),
      );
}
