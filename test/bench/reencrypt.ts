import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Client } from 'pg';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { PostgresqlServer } from '../support/postgresql';
import type { Benchmark, Measures, Prepared, Variant } from './harness/benchmark';
import { runProgram, timed } from './harness/measure';
import { encryptPhone, reencryptTable } from './support/reencrypt-table';

const roundRows = 100_000;
const memoryRows = [10_000, 100_000, 300_000] as const;
const batch = 1000;

/**
 * One row is about 300 bytes, as a table of people has them.
 * @param indexed with two further indexes, which nearly every such table has, and which every update must keep
 */
async function makeTable(
  client: Client,
  name: string,
  rows: number,
  cipher: FieldCipher,
  indexed = false,
): Promise<void> {
  await client.query(
    `CREATE TABLE ${name} (id bigint PRIMARY KEY, name text, email text, phone text, preferences jsonb, created_at timestamptz DEFAULT now())`,
  );
  for (let start = 0; start < rows; start += batch) {
    const ids = Array.from({ length: Math.min(batch, rows - start) }, (_, index) => start + index);
    const phones = ids.map((id) => encryptPhone(cipher, name, id));
    await client.query(
      `INSERT INTO ${name} (id, name, email, phone, preferences)
       SELECT id, 'Person ' || id, 'person.' || id || '@example.invalid', phone, '{"language": "hi", "theme": "dark", "alerts": ["email", "push"]}'
       FROM unnest($1::bigint[], $2::text[]) AS t(id, phone)`,
      [ids, phones],
    );
  }
  if (indexed) {
    await client.query(`CREATE UNIQUE INDEX ON ${name} (email)`);
    await client.query(`CREATE INDEX ON ${name} (created_at)`);
  }
  await client.query(`VACUUM ANALYZE ${name}`);
}

/** The plain update: values are there already, nothing is read, compared or encrypted. */
async function updatePlainly(client: Client, name: string, cipher: FieldCipher): Promise<Measures> {
  const batches = Array.from({ length: Math.ceil(roundRows / batch) }, (_, index) => {
    const ids = Array.from(
      { length: Math.min(batch, roundRows - index * batch) },
      (__, offset) => index * batch + offset,
    );
    return [ids, ids.map((id) => encryptPhone(cipher, name, id))];
  });
  const { measures } = await timed(async () => {
    for (const values of batches) {
      await client.query(
        `UPDATE ${name} AS t SET phone = v.phone FROM unnest($1::bigint[], $2::text[]) AS v(id, phone) WHERE t.id = v.id`,
        values,
      );
    }
  });
  await tidy(client, name);
  return withRate(measures.time);
}

function withRate(time: number): Measures {
  return { time, rate: roundRows / time };
}

async function tidy(client: Client, name: string): Promise<void> {
  await client.query(`VACUUM ${name}`);
  await client.query('CHECKPOINT');
}

function rotate(keyring: Keyring): Keyring {
  const { keyring: added, keyId } = keyring.withNewKey();
  return added.withActive(keyId);
}

/** Both ways for a table of one kind. */
async function bothWays(
  server: PostgresqlServer,
  client: Client,
  first: Keyring,
  indexed: boolean,
): Promise<{ readonly plain: Variant; readonly ours: Variant }> {
  const [suffix, kind] = indexed ? ['indexed', 'two more indexes'] : ['bare', 'a primary key only'];
  const [plain, ours] = [`plain_${suffix}`, `ours_${suffix}`];
  await makeTable(client, plain, roundRows, new FieldCipher(first), indexed);
  await makeTable(client, ours, roundRows, new FieldCipher(first), indexed);
  let keyring = first;
  return {
    plain: {
      name: `plain UPDATE, ${kind}`,
      run: async () => await updatePlainly(client, plain, new FieldCipher(first)),
    },
    ours: {
      name: `reencrypt, ${kind}`,
      run: async () => {
        keyring = rotate(keyring);
        const time = await reencryptTable(server.url(), ours, keyring, roundRows);
        await tidy(client, ours);
        return withRate(time);
      },
    },
  };
}

/** In a process of its own with a heap of 64 MB, so that the figure is need and not leisure of the collector. */
async function memoryOf(server: PostgresqlServer, client: Client, first: Keyring, rows: number): Promise<Variant> {
  const name = `rows_${rows}`;
  await makeTable(client, name, rows, new FieldCipher(first));
  return {
    name: `reencrypt, ${rows} rows, heap of 64 MB`,
    rounds: 1,
    run: async () => {
      const program = join(__dirname, 'support/reencrypt-child.js');
      const { measures } = await runProgram(
        process.execPath,
        ['--max-old-space-size=64', program, name, String(rows)],
        { env: { BENCH_URL: server.url(), ENCRYPTION_KEYRING: rotate(first).serialize().reveal() } },
      );
      return measures;
    },
  };
}

async function prepare(): Promise<Prepared> {
  const server = await PostgresqlServer.start({ settings: {} });
  try {
    const client = await server.connect();
    // As the run itself has it: without, the planner reads the whole table for each batch.
    await client.query('SET enable_hashjoin = off');
    await client.query('SET enable_mergejoin = off');
    const first = Keyring.fromEnvironment({ ENCRYPTION_KEY: randomBytes(16).toString('hex') });
    const bare = await bothWays(server, client, first, false);
    const indexed = await bothWays(server, client, first, true);
    const memory: Variant[] = [];
    for (const rows of memoryRows) {
      memory.push(await memoryOf(server, client, first, rows));
    }
    return {
      variants: [bare.plain, bare.ours, indexed.plain, indexed.ours, ...memory],
      figures: [
        ...[indexed, bare].map(({ plain, ours }) => ({
          type: 'ratio' as const,
          what: `${ours.name}, of the plain UPDATE`,
          of: ours.name,
          to: plain.name,
          ...(plain === indexed.plain ? { atMost: 2 } : {}),
        })),
        {
          type: 'ratio',
          what: 'memory for 300,000 rows, of that for 10,000',
          measure: 'memory',
          of: memory.at(-1)?.name ?? '',
          to: memory[0]?.name ?? '',
          atMost: 1.2,
        },
      ],
      close: async () => {
        await client.end();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export const benchmark: Benchmark = {
  name: 'reencrypt',
  title: `re-encrypting ${roundRows} rows in a real PostgreSQL, beside a plain batched UPDATE of as many`,
  rounds: 3,
  warmUp: 0,
  units: { rate: 'rows/s' },
  prepare,
};
