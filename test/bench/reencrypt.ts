/*
 * Re-encryption against a plain batched UPDATE of the same rows, and its memory:
 * npx ts-node --transpile-only test/bench/reencrypt.ts [--json] [rows of a round]
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import type { Client } from 'pg';
import { table } from '../../lib/cli/output';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { type PostgresqlTarget, reencrypt, WorkerPlanner } from '../../lib/reencryption';
import { PostgresqlStore } from '../../lib/reencryption/postgresql-store';
import { PostgresqlServer } from '../support/postgresql';

const json = process.argv.includes('--json');
const roundRows = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 200_000);
const memoryRows = [10_000, 100_000, 1_000_000];
const rounds = 5;
const batch = 1000;

const targetOf = (name: string): PostgresqlTarget => ({
  store: 'postgresql',
  schema: 'public',
  table: name,
  primaryKey: ['id'],
  columns: ['phone'],
});

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

function encryptPhone(cipher: FieldCipher, name: string, id: number): string {
  return cipher.encrypt(`+91 98765 ${id}`, { table: name, column: 'phone', primaryKey: id });
}

/** The plain update: values are there already, nothing is read, compared or encrypted. Milliseconds. */
async function updatePlainly(client: Client, name: string, rows: number, cipher: FieldCipher): Promise<number> {
  const batches = Array.from({ length: Math.ceil(rows / batch) }, (_, index) => {
    const ids = Array.from({ length: Math.min(batch, rows - index * batch) }, (__, offset) => index * batch + offset);
    return [ids, ids.map((id) => encryptPhone(cipher, name, id))];
  });
  const since = performance.now();
  for (const values of batches) {
    await client.query(
      `UPDATE ${name} AS t SET phone = v.phone FROM unnest($1::bigint[], $2::text[]) AS v(id, phone) WHERE t.id = v.id`,
      values,
    );
  }
  return performance.now() - since;
}

/** The whole run, with its three counts. Milliseconds. */
async function reencryptTable(url: string, name: string, keyring: Keyring, rows: number): Promise<number> {
  const planner = new WorkerPlanner(keyring);
  const store = await PostgresqlStore.connect(targetOf(name), { url, activeKey: keyring.active });
  try {
    const since = performance.now();
    const report = await reencrypt([store], {
      cipher: new FieldCipher(keyring),
      planner,
      batchSize: batch,
      settle: () => Promise.resolve(),
    });
    const milliseconds = performance.now() - since;
    if (!report.complete || report.targets[0]?.replaced !== rows) {
      throw new Error(`the run is not complete: ${JSON.stringify(report)}`);
    }
    return milliseconds;
  } finally {
    await planner.close();
    await store.close();
  }
}

function rotate(keyring: Keyring): Keyring {
  const { keyring: added, keyId } = keyring.withNewKey();
  return added.withActive(keyId);
}

interface Speed {
  readonly plain: number;
  readonly ours: number;
}

/** Both in turn, several times, because a machine is never quiet. Rows a second. */
async function measureSpeed(server: PostgresqlServer, first: Keyring, indexed: boolean): Promise<Speed[]> {
  const client = await server.connect();
  // As the run itself has it: without, the planner reads the whole table for each batch.
  await client.query('SET enable_hashjoin = off');
  await client.query('SET enable_mergejoin = off');
  await makeTable(client, 'plain', roundRows, new FieldCipher(first), indexed);
  await makeTable(client, 'ours', roundRows, new FieldCipher(first), indexed);
  const speeds: Speed[] = [];
  let keyring = first;
  for (let round = 0; round < rounds; round++) {
    keyring = rotate(keyring);
    const plain = await updatePlainly(client, 'plain', roundRows, new FieldCipher(keyring));
    const ours = await reencryptTable(server.url(), 'ours', keyring, roundRows);
    speeds.push({ plain: (roundRows / plain) * 1000, ours: (roundRows / ours) * 1000 });
    await client.query('VACUUM plain');
    await client.query('VACUUM ours');
    await client.query('CHECKPOINT');
  }
  await client.query('DROP TABLE plain, ours');
  await client.end();
  return speeds;
}

interface Memory {
  readonly rows: number;
  readonly megabytes: number;
}

/** Each in a process of its own with a heap of 64 MB, so that the figure is need and not leisure of the collector. */
async function measureMemory(server: PostgresqlServer, first: Keyring): Promise<Memory[]> {
  const client = await server.connect();
  const memory: Memory[] = [];
  for (const rows of memoryRows) {
    const name = `rows_${rows}`;
    await makeTable(client, name, rows, new FieldCipher(first));
    const child = execFileSync(
      process.execPath,
      ['--max-old-space-size=64', ...process.execArgv, __filename, '--child', name, String(rows)],
      {
        env: { ...process.env, BENCH_URL: server.url(), ENCRYPTION_KEYRING: rotate(first).serialize().reveal() },
        encoding: 'utf8',
      },
    );
    memory.push({ rows, megabytes: Number(child) });
    await client.query(`DROP TABLE ${name}`);
  }
  await client.end();
  return memory;
}

async function runChild(name: string, rows: number): Promise<void> {
  await reencryptTable(process.env.BENCH_URL ?? '', name, Keyring.fromEnvironment(), rows);
  process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}

async function main(): Promise<void> {
  const server = await PostgresqlServer.start({ settings: {} });
  try {
    const first = Keyring.fromEnvironment({ ENCRYPTION_KEY: randomBytes(16).toString('hex') });
    const speeds = {
      'primary key only': await measureSpeed(server, first, false),
      'two more indexes': await measureSpeed(server, first, true),
    };
    const memory = await measureMemory(server, first);
    if (json) {
      console.log(JSON.stringify({ processors: cpus().length, roundRows, speeds, memory }, null, 2));
      return;
    }
    console.log(`${roundRows} rows a round, ${rounds} rounds, medians, ${cpus().length} processors\n`);
    const speedRows = Object.entries(speeds).map(([what, measured]) => [
      what,
      grouped(median(measured.map(({ plain }) => plain))),
      grouped(median(measured.map(({ ours }) => ours))),
      median(measured.map(({ plain, ours }) => ours / plain)).toFixed(2),
      measured.map(({ plain, ours }) => (ours / plain).toFixed(2)).join(' '),
    ]);
    console.log(table(['TABLE WITH', 'PLAIN UPDATE, ROWS/S', 'REENCRYPT, ROWS/S', 'RATIO', 'EACH ROUND'], speedRows));
    const memoryRowsShown = memory.map(({ rows, megabytes }) => [grouped(rows), String(megabytes)]);
    console.log(`\n${table(['ROWS', 'PEAK MEMORY, MB'], memoryRowsShown)}`);
  } finally {
    await server.stop();
  }
}

const child = process.argv.indexOf('--child');
void (child === -1 ? main() : runChild(process.argv[child + 1] ?? '', Number(process.argv[child + 2])));
