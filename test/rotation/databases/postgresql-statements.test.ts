import fc from 'fast-check';
import {
  lockStatement,
  provisionStatements,
  quoteLiteral,
} from '../../../lib/rotation/databases/postgresql-statements';

const plan = {
  user: 'shop_b',
  missing: true,
  actsAs: 'shop',
  memberOf: ['shop', 'reporting'],
  settings: [
    { name: 'search_path', value: 'app, "$user"' },
    { name: 'app.tenant', value: "it's", database: 'shop' },
  ],
  connectionLimit: -1,
  verifier: 'SCRAM-SHA-256$4096:c2FsdA==$a:b',
};

describe('provisionStatements', () => {
  it('makes a user, lets it act as the group, and gives it its password last, in one transaction', () => {
    expect(provisionStatements(plan)).toMatchInlineSnapshot(`
     [
       {
         "text": "BEGIN",
       },
       {
         "text": "CREATE ROLE "shop_b" NOLOGIN",
       },
       {
         "text": "GRANT "shop" TO "shop_b"",
       },
       {
         "text": "GRANT "reporting" TO "shop_b"",
       },
       {
         "text": "SELECT set_config($1, $2, true)",
         "values": [
           "search_path",
           "app, "$user"",
         ],
       },
       {
         "text": "ALTER ROLE "shop_b" SET "search_path" FROM CURRENT",
       },
       {
         "text": "SELECT set_config($1, $2, true)",
         "values": [
           "app.tenant",
           "it's",
         ],
       },
       {
         "text": "ALTER ROLE "shop_b" IN DATABASE "shop" SET "app"."tenant" FROM CURRENT",
       },
       {
         "text": "ALTER ROLE "shop_b" SET role = 'shop'",
       },
       {
         "text": "ALTER ROLE "shop_b" LOGIN INHERIT CONNECTION LIMIT -1 VALID UNTIL 'infinity' PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$a:b'",
       },
       {
         "text": "COMMIT",
       },
     ]
    `);
  });

  it('takes the role of another away from a user that acts as itself', () => {
    const statements = provisionStatements({ ...plan, missing: false, actsAs: 'shop_b', memberOf: [], settings: [] });
    expect(statements.map(({ text }) => text)).toMatchInlineSnapshot(`
     [
       "BEGIN",
       "ALTER ROLE "shop_b" RESET role",
       "ALTER ROLE "shop_b" LOGIN INHERIT CONNECTION LIMIT -1 VALID UNTIL 'infinity' PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$a:b'",
       "COMMIT",
     ]
    `);
  });

  it('locks without ending sessions', () => {
    expect(lockStatement('shop"b').text).toBe('ALTER ROLE "shop""b" NOLOGIN PASSWORD NULL');
  });
});

describe('quoteLiteral', () => {
  it('reads back as the text, whatever standard_conforming_strings says', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [, escaped, body = ''] = /^(E?)'(.*)'$/s.exec(quoteLiteral(text)) ?? [];
        expect(body.replaceAll("''", '')).not.toContain("'");
        const read = escaped === 'E' ? body.replaceAll('\\\\', '\\') : body;
        expect(read.replaceAll("''", "'")).toBe(text);
        expect(escaped === 'E').toBe(text.includes('\\'));
      }),
    );
  });
});
