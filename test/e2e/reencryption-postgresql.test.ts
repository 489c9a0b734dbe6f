import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresqlTarget, reencrypt } from '../../lib/reencryption';
import { postgresqlStatements } from '../../lib/reencryption/postgresql-statements';
import type { PostgresqlStore } from '../../lib/reencryption/postgresql-store';
import { codeBlocks } from '../support/documentation';
import { makeUsers, phoneOf, readUsers } from '../support/users-table';
import { allPhones, ReencryptionFixture, rotation, usersTarget } from './support/reencryption-fixture';

const { oldCipher, cipher, newOnly } = rotation;
const fixture = ReencryptionFixture.create();

describe('PostgresqlStore', () => {
  const replacementsOf = (page: Awaited<ReturnType<PostgresqlStore['page']>>) =>
    page.map((row) => ({
      row,
      values: [cipher.reencrypt(String(row.values[0]), phoneOf(row.primaryKey[0] ?? ''))],
    }));

  async function openPage(limit: number) {
    await makeUsers(fixture.client, oldCipher, limit);
    const store = await fixture.openStore();
    expect(await store.findProblems()).toEqual([]);
    await store.begin();
    const page = await store.page(undefined, limit);
    return { store, page, last: page.at(-1) ?? { primaryKey: [], values: [] } };
  }

  it('leaves a row alone that somebody changed, removed or moved since it was read', async () => {
    const { store, page, last } = await openPage(5);
    await fixture.client.query('UPDATE users SET phone = $1 WHERE id = 0', [oldCipher.encrypt('changed', phoneOf(0))]);
    await fixture.client.query('UPDATE users SET phone = NULL WHERE id = 1');
    await fixture.client.query('DELETE FROM users WHERE id = 2');
    await fixture.client.query("UPDATE users SET name = 'other column' WHERE id = 3");
    expect(await store.replace(replacementsOf(page), last)).toBe(2);
    await store.close();
    expect(await readUsers(fixture.client, cipher)).toEqual(
      new Map([
        ['0', 'changed'],
        ['1', null],
        ['3', 'phone 3'],
        ['4', 'phone 4'],
      ]),
    );
  });

  it('waits for an open transaction, compares again, and lets the transaction win', async () => {
    const { store, page, last } = await openPage(3);
    await fixture.client.query('BEGIN');
    await fixture.client.query('UPDATE users SET phone = $1 WHERE id = 1', [oldCipher.encrypt('changed', phoneOf(1))]);
    const replacing = store.replace(replacementsOf(page), last);
    await sleep(50);
    await fixture.client.query('COMMIT');
    expect(await replacing).toBe(2);
    await store.close();
    expect((await readUsers(fixture.client, cipher)).get('1')).toBe('changed');
  });

  it('goes around a row that somebody holds for long', async () => {
    const { store, page, last } = await openPage(8);
    await fixture.client.query('BEGIN');
    await fixture.client.query('SELECT FROM users WHERE id = 5 FOR UPDATE');
    expect(await store.replace(replacementsOf(page), last)).toBe(7);
    expect(await store.checkpoint()).toEqual({ primaryKey: ['7'], values: [] });
    await fixture.client.query('COMMIT');
    expect((await store.page(undefined, 8)).map(({ primaryKey }) => primaryKey)).toEqual([['5']]);
    await store.close();
  });

  it('gives up in a deadlock, so that the application does not', async () => {
    const { store, page, last } = await openPage(8);
    await fixture.client.query('BEGIN');
    await fixture.client.query("UPDATE users SET name = 'a' WHERE id = 6");
    const replacing = store.replace(replacementsOf(page), last);
    await sleep(100);
    await fixture.client.query("UPDATE users SET name = 'b' WHERE id = 1");
    await fixture.client.query('COMMIT');
    expect(await replacing).toBeGreaterThan(5);
    await store.close();
    expect(
      (await fixture.client.query('SELECT id FROM users WHERE name IN ($1, $2) ORDER BY id', ['a', 'b'])).rowCount,
    ).toBe(2);
  });

  it('handles odd names, texts as keys, and collations that find different texts equal', async () => {
    await fixture.client.query(
      `CREATE COLLATION lenient (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    );
    await fixture.client.query(
      `CREATE TABLE "odd ""table""" ("the key" text COLLATE lenient PRIMARY KEY, "a;b" text COLLATE lenient, "a;b'" text)`,
    );
    const place = (key: string, column: string) => ({ table: 'odd "table"', column, primaryKey: key });
    const keys = ["it's", 'a,b', '{x}', '"', '\\', 'é', ' ', 'NULL', 'ß', '\u{1f511}'];
    for (const key of keys) {
      await fixture.client.query(`INSERT INTO "odd ""table""" VALUES ($1, $2, $3)`, [
        key,
        oldCipher.encrypt(`1 ${key}`, place(key, 'a;b')),
        oldCipher.encrypt(`2 ${key}`, place(key, "a;b'")),
      ]);
    }
    const store = await fixture.openStore({
      ...usersTarget,
      table: 'odd "table"',
      primaryKey: ['the key'],
      columns: ['a;b', "a;b'"],
    });
    const report = await reencrypt([store], { cipher, batchSize: 3, settle: () => Promise.resolve() });
    await store.close();
    expect(report).toMatchObject({ complete: true, targets: [{ replaced: keys.length, poisonCount: 0 }] });
    const { rows } = await fixture.client.query<string[]>({ text: 'SELECT * FROM "odd ""table"""', rowMode: 'array' });
    for (const [key = '', first = '', second = ''] of rows) {
      expect(newOnly.decrypt(first, place(key, 'a;b'))).toBe(`1 ${key}`);
      expect(newOnly.decrypt(second, place(key, "a;b'"))).toBe(`2 ${key}`);
    }
  });

  it('refuses to write in a dry run, by the server itself', async () => {
    await makeUsers(fixture.client, oldCipher, 3);
    await fixture.client.query(postgresqlStatements(usersTarget, []).createCheckpoints);
    const store = await fixture.openStore(usersTarget, true);
    expect(await store.findProblems()).toEqual([]);
    const page = await store.page(undefined, 3);
    await expect(store.replace(replacementsOf(page), page[2] ?? { primaryKey: [], values: [] })).rejects.toThrow(
      'in a read-only transaction',
    );
    await store.close();
  });

  it('fails for a target that does not fit its table, all differences at once', async () => {
    await fixture.client.query(
      'CREATE TABLE users (id bigint PRIMARY KEY, born date, score numeric, phone text, twice text GENERATED ALWAYS AS (phone) STORED)',
    );
    const problemsOf = async (target: Partial<PostgresqlTarget>) => {
      const store = await fixture.openStore({ ...usersTarget, ...target });
      const problems = await store.findProblems();
      await store.close();
      return problems.map(({ path, what, got, allowed }) => `${path}: ${what}, got ${got}, allowed: ${allowed}`);
    };
    expect(await problemsOf({ primaryKey: ['born'], columns: ['phones', 'score', 'twice'] })).toMatchInlineSnapshot(`
     [
       "postgresql public.users primaryKey: not the primary key of the table, got "born", allowed: "id"",
       "postgresql public.users born: a column of this type is not supported here, got date, allowed: smallint, integer, bigint, uuid, text, character varying",
       "postgresql public.users phones: there is no such column, got "phones", allowed: id, born, score, phone, twice",
       "postgresql public.users score: a column of this type is not supported here, got numeric, allowed: text, character varying",
       "postgresql public.users twice: a column of this type is not supported here, got a generated column, allowed: text, character varying",
     ]
    `);
    expect(await problemsOf({ table: 'user' })).toEqual([
      'postgresql public.user: there is no such table, got nothing of this name, allowed: a table, or a partitioned table, of the database that urlFrom points to',
    ]);
    await fixture.client.query('CREATE VIEW people AS SELECT * FROM users');
    expect((await problemsOf({ table: 'people' }))[0]).toContain('got a view, an index or something else');
    await fixture.client.query('CREATE TABLE keyless (id bigint, phone text)');
    expect((await problemsOf({ table: 'keyless' }))[0]).toContain('none: the table has no primary key');
  });

  it('fails for rights that are missing, before anything is changed', async () => {
    await makeUsers(fixture.client, oldCipher, 3);
    const password = randomBytes(8).toString('hex');
    await fixture.client.query(`CREATE ROLE ${fixture.database}_reader LOGIN PASSWORD '${password}'`);
    await fixture.client.query(`GRANT SELECT ON users TO ${fixture.database}_reader`);
    await fixture.client.query('ALTER TABLE users ENABLE ROW LEVEL SECURITY');
    const url = fixture.server.url(fixture.database, { name: `${fixture.database}_reader`, password });
    const yaml =
      'targets: [{ store: postgresql, urlFrom: DATABASE_URL, table: users, primaryKey: id, columns: [phone] }]';
    const { code, stderr } = await fixture.runVerb([], { ...fixture.environment(), DATABASE_URL: url }, yaml);
    expect(code).toBe(3);
    expect(stderr.replaceAll(`${fixture.database}_reader`, 'USER')).toMatchInlineSnapshot(`
     "error: postgresql public.users: row security hides rows from this user, so the count of old rows would be wrong, fix: connect as such a user
     postgresql public.users: there is no table nivesh_reencryption for checkpoints, and this user may not make or write it, fix: as the owner: GRANT CREATE ON SCHEMA "public" TO "USER", or make the table as docs/reencryption.md shows
     postgresql public.users phone: this user has no right to UPDATE the column, fix: as the owner: GRANT UPDATE ("phone") ON "public"."users" TO "USER"
     "
    `);
    expect(await readUsers(fixture.client, oldCipher)).toEqual(allPhones(3));
  });

  it('works for a user that may not create tables, once the table for checkpoints is there', async () => {
    await makeUsers(fixture.client, oldCipher, 30);
    const password = randomBytes(8).toString('hex');
    const role = `${fixture.database}_app`;
    await fixture.client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    await fixture.client.query(`GRANT SELECT, UPDATE (phone) ON users TO ${role}`);
    await fixture.client.query(codeBlocks('reencryption.md', 'sql')[0] ?? '');
    await fixture.client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON nivesh_reencryption TO ${role}`);
    const env = { ...fixture.environment(), PGUSER: role, PGPASSWORD: password };
    expect((await fixture.runVerb([], env)).code).toBe(0);
    expect(await readUsers(fixture.client, newOnly)).toEqual(allPhones(30));
  });
});
