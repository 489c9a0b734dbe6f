import fc from 'fast-check';
import { postgresqlStatements, quoteIdentifier } from '../../lib/reencryption/postgresql-statements';

describe('postgresqlStatements', () => {
  const statements = postgresqlStatements(
    {
      store: 'postgresql',
      schema: 'public',
      table: 'users',
      primaryKey: ['tenant', 'id'],
      columns: ['phone', 'pan'],
    },
    ['uuid', 'bigint'],
  );

  it('reads pages by the primary key, only rows with an old value', () => {
    expect(statements.page(true)).toMatchInlineSnapshot(
      `"SELECT "tenant"::text AS f0, "id"::text AS f1, "phone" AS f2, "pan" AS f3 FROM "public"."users" WHERE ("phone" COLLATE "C" NOT LIKE $1 OR "pan" COLLATE "C" NOT LIKE $1) AND ("tenant", "id") > ($3::uuid, $4::bigint) ORDER BY "tenant", "id" LIMIT $2"`,
    );
    expect(statements.page(false)).not.toContain('>');
  });

  it('replaces only what still has the values that were read, and moves the checkpoint with it', () => {
    expect(statements.replace).toMatchInlineSnapshot(
      `"WITH replaced AS (UPDATE "public"."users" AS t SET "phone" = coalesce(v.new0, t."phone"), "pan" = coalesce(v.new1, t."pan") FROM unnest($1::uuid[], $2::bigint[], string_to_array($3, ',', ''), string_to_array($4, ',', ''), string_to_array($5, ',', ''), string_to_array($6, ',', '')) AS v(k0, k1, old0, new0, old1, new1) WHERE t."tenant" = v.k0 AND t."id" = v.k1 AND (v.new0 IS NULL OR t."phone" COLLATE "C" = v.old0) AND (v.new1 IS NULL OR t."pan" COLLATE "C" = v.old1) RETURNING 1), checkpoint AS (INSERT INTO "public"."nivesh_reencryption" (target, key_id, last_key) VALUES ($7, $8, $9::text[]) ON CONFLICT (target) DO UPDATE SET key_id = excluded.key_id, last_key = excluded.last_key, updated_at = now()) SELECT count(*)::int AS count FROM replaced"`,
    );
  });

  it('counts by key id', () => {
    expect(statements.count).toMatchInlineSnapshot(
      `"SELECT key, sum(count)::text AS count FROM (SELECT CASE WHEN "phone" COLLATE "C" LIKE 'nv1:________:%' THEN substr("phone", 5, 8) WHEN strpos("phone" COLLATE "C", ':') = 33 THEN 'legacy' ELSE '' END AS key, count(*) AS count FROM "public"."users" WHERE "phone" IS NOT NULL GROUP BY 1 UNION ALL SELECT CASE WHEN "pan" COLLATE "C" LIKE 'nv1:________:%' THEN substr("pan", 5, 8) WHEN strpos("pan" COLLATE "C", ':') = 33 THEN 'legacy' ELSE '' END AS key, count(*) AS count FROM "public"."users" WHERE "pan" IS NOT NULL GROUP BY 1) AS counts GROUP BY key"`,
    );
  });
});

describe('quoteIdentifier', () => {
  it('never lets a name end its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', "'", 'a', ';', ' ') }), (name) => {
        const quoted = quoteIdentifier(name);
        const inner = quoted.slice(1, -1);
        return quoted === `"${inner}"` && /^(?:[^"]|"")*$/.test(inner) && inner.replaceAll('""', '"') === name;
      }),
    );
  });
});
