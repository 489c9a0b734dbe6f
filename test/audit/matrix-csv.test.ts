import fc from 'fast-check';
import { type AccessGrant, accessMatrix, type AccessMatrix } from '../../lib/audit/access-matrix';
import { matrixCsv } from '../../lib/audit/matrix-csv';
import { shopEnvironment } from '../support/environment';

/** Reads RFC 4180 letter by letter. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (let at = 0; at < text.length;) {
    const quoted = text[at] === '"';
    const [whole = '', inside, plain] = (quoted ? /"((?:[^"]|"")*)"/y : /()([^",\r\n]*)/y).exec(text.slice(at)) ?? [];
    record.push(quoted ? (inside ?? '').replaceAll('""', '"') : (plain ?? ''));
    at += whole.length;
    if (text.startsWith('\r\n', at)) {
      records.push(record);
      record = [];
      at += 2;
    } else if (text[at] === ',') {
      at++;
    } else {
      throw new Error(`neither a comma nor the end of a record at ${at}`);
    }
  }
  return records;
}

describe('matrixCsv', () => {
  it('has a record a variable and field', () => {
    expect(
      matrixCsv(accessMatrix([shopEnvironment()]))
        .split('\r\n')
        .slice(0, 4),
    ).toEqual([
      'environment,workload,secret,field,variable,access,namespace,service_account,vault_role,vault_policy,delivery',
      'test,shop-web,shop/db,password,DATABASE_URL,read,shop,shop-web,shop-web,shop-web,Vault secret/data/shop/db',
      'test,shop-web,shop/db,user,DATABASE_URL,read,shop,shop-web,shop-web,shop-web,Vault secret/data/shop/db',
      'test,shop-web,shop/web,session_key,SESSION_KEY,read,shop,shop-web,shop-web,shop-web,Vault secret/data/shop/web',
    ]);
  });

  it('keeps any text, by the rules of RFC 4180', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('"', ',', '\r\n', '\n', 'a'), (any, special) => {
        const text = `${any}${special}${any}`;
        const grant: AccessGrant = {
          environment: text,
          workload: text,
          secret: text,
          access: 'read',
          fields: [],
          variables: [{ name: text, fields: [] }],
          identity: { type: 'dotenv', file: text },
        };
        const matrix: AccessMatrix = { catalog: 'c', environments: [text], grants: [grant] };
        expect(parseCsv(matrixCsv(matrix))[1]).toEqual([
          ...[text, text, text, '', text, 'read', ''],
          ...['no Vault', 'no Vault', 'no Vault', `file ${text}`],
        ]);
      }),
    );
  });
});
