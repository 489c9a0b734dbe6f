import { type AccessGrant, type AccessMatrix, usesOf } from './access-matrix';
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
  return [`${csvFields(headings)}\r\n`, ...grants.map(recordsOf)].join('');
}

/** In one string a grant: what lives until the end is as little as can be. */
function recordsOf(grant: AccessGrant): string {
  const { environment, workload, secret, access } = grant;
  const { delivery, namespace, serviceAccount, vaultRole, vaultPolicy } = identityColumns(grant);
  const before = csvFields([environment, workload, secret]);
  const after = csvFields([access, namespace, serviceAccount, vaultRole, vaultPolicy, delivery]);
  const records = usesOf(grant).flatMap(({ name, fields }) =>
    (fields.length === 0 ? [''] : fields).map(
      (field) => `${before},${csvFields([field, access === 'rotate' ? '' : name])},${after}\r\n`,
    ),
  );
  return records.join('');
}

function csvFields(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}

/** RFC 4180 section 2, rules 5 to 7. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
