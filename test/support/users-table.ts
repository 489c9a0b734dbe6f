import type { Client } from 'pg';
import type { FieldCipher } from '../../lib/encryption';

/** What the phone column of a row is encrypted for. */
export function phoneOf(id: number | string): { table: string; column: string; primaryKey: number | string } {
  return { table: 'users', column: 'phone', primaryKey: id };
}

/** A table `users` whose rows 0 to n - 1 hold `phone <id>`. */
export async function makeUsers(client: Client, cipher: FieldCipher, rows: number): Promise<void> {
  await client.query('CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, phone text)');
  for (let start = 0; start < rows; start += 10_000) {
    const ids = Array.from({ length: Math.min(10_000, rows - start) }, (_, index) => start + index);
    const phones = ids.map((id) => cipher.encrypt(`phone ${id}`, phoneOf(id)));
    await client.query(
      `INSERT INTO users SELECT id, 'name ' || id, phone FROM unnest($1::bigint[], $2::text[]) AS u(id, phone)`,
      [ids, phones],
    );
  }
  await client.query('ANALYZE users');
}

/** Plaintext of every row, by id. */
export async function readUsers(client: Client, cipher: FieldCipher): Promise<Map<string, string | null>> {
  const { rows } = await client.query<{ id: string; phone: string | null }>('SELECT id, phone FROM users ORDER BY id');
  return new Map(rows.map(({ id, phone }) => [id, phone === null ? null : cipher.decrypt(phone, phoneOf(id))]));
}
