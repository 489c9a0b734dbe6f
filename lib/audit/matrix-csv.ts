import { type AccessMatrix, usesOf } from './access-matrix';
import { identityColumns } from './matrix-identity';

const headings = [
  'environment',
  'workload',
  'secret',
  'field',
  'variable',
  'access',
  'namespace',
  'service_account',
  'vault_role',
  'vault_policy',
  'delivery',
] as const;

/**
 * The matrix for a spreadsheet: a record a variable and field, so that no cell holds a list
 * (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180: records end with CRLF, the first one has the names).
 */
export function matrixCsv({ grants }: AccessMatrix): string {
  const records = grants.flatMap((grant) => {
    const { delivery, namespace, serviceAccount, vaultRole, vaultPolicy } = identityColumns(grant);
    return usesOf(grant).flatMap(({ name, fields }) =>
      (fields.length === 0 ? [''] : fields).map((field) => [
        grant.environment,
        grant.workload,
        grant.secret,
        field,
        grant.access === 'rotate' ? '' : name,
        grant.access,
        namespace,
        serviceAccount,
        vaultRole,
        vaultPolicy,
        delivery,
      ]),
    );
  });
  return [headings, ...records].map((record) => `${record.map(csvField).join(',')}\r\n`).join('');
}

/** RFC 4180 section 2, rules 5 to 7. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
