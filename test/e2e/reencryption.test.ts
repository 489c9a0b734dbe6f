import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FieldCipher, Keyring } from '../../lib/encryption';
import { packageRoot } from '../../lib/package-root';
import { runCommand } from '../support/command-line';
import { codeBlocks } from '../support/documentation';
import { makeUsers, phoneOf, readUsers } from '../support/users-table';
import { allPhones, ReencryptionFixture, reportOf, rotation } from './support/reencryption-fixture';

const { keyId, keyring, oldCipher, cipher, newOnly } = rotation;
const fixture = ReencryptionFixture.create();

describe('nivesh-secrets reencrypt with a real PostgreSQL', () => {
  it('does what its page shows', async () => {
    const [yaml = ''] = codeBlocks('reencryption.md', 'yaml');
    const [dryRun = '', run = ''] = (codeBlocks('reencryption.md', 'sh')[0] ?? '').trim().split('\n');
    const body = (key: (string | number)[]) => ({ table: 'notes', column: 'body', primaryKey: key });
    await makeUsers(fixture.client, oldCipher, 500);
    await fixture.client.query('ALTER TABLE users ADD pan varchar(200)');
    const pan = oldCipher.encrypt('ABCDE1234F', { ...phoneOf(7), column: 'pan' });
    await fixture.client.query('UPDATE users SET pan = $1 WHERE id = 7', [pan]);
    await fixture.client.query('CREATE SCHEMA ledger');
    await fixture.client.query(
      'CREATE TABLE ledger.notes (account uuid, position smallint, body text, PRIMARY KEY (account, position))',
    );
    const account = '7b7a3c1e-8d39-4c6e-9f5a-1d2e3f405162';
    for (let position = 0; position < 5; position++) {
      const note = oldCipher.encrypt(`note ${position}`, body([account, position]));
      await fixture.client.query('INSERT INTO ledger.notes VALUES ($1, $2, $3)', [account, position, note]);
    }
    const execute = async (command: string) => {
      const [, , verb = '', option = '', , ...rest] = command.split(' ');
      const env = { ...fixture.environment(), LEDGER_URL: fixture.server.url(fixture.database) };
      return await runCommand([verb, option, fixture.targetsFile(yaml), ...rest], { env });
    };

    const rehearsal = await execute(dryRun);
    expect(rehearsal.code).toBe(0);
    expect(await readUsers(fixture.client, oldCipher)).toEqual(allPhones(500));

    const real = await execute(run);
    expect(real.stdout.replace(keyId, '<new key>')).toMatchInlineSnapshot(`
     "TARGET                   REPLACED  OVERTAKEN  CANNOT DECRYPT  OLD VALUES LEFT
     postgresql public.users  500       0          0               0, then 0
     postgresql ledger.notes  5         0          0               0, then 0
     every value of these targets is encrypted with <new key>; where they are all there is, remove the other keys
     "
    `);
    expect(real.stderr).toContain('postgresql public.users: 501 of 501 values\n');
    expect(real.code).toBe(0);
    expect(await readUsers(fixture.client, newOnly)).toEqual(allPhones(500));
    const notes = await fixture.client.query<{ position: number; body: string }>(
      'SELECT position, body FROM ledger.notes',
    );
    expect(notes.rows.map((row) => newOnly.decrypt(row.body, body([account, row.position]))).sort()).toEqual(
      [0, 1, 2, 3, 4].map((position) => `note ${position}`),
    );
    const pans = await fixture.client.query<{ pan: string }>('SELECT pan FROM users WHERE pan IS NOT NULL');
    expect(pans.rows.map((row) => newOnly.decrypt(row.pan, { ...phoneOf(7), column: 'pan' }))).toEqual(['ABCDE1234F']);
  });

  it('writes nothing in a dry run, and exits with 1 when something could not be decrypted', async () => {
    await makeUsers(fixture.client, oldCipher, 20);
    await fixture.client.query("UPDATE users SET phone = 'never encrypted' WHERE id = 3");
    const { rows } = await fixture.client.query('SELECT * FROM users ORDER BY id');
    const result = await fixture.runVerb(['--dry-run', '--json']);
    expect(result.code).toBe(1);
    expect(reportOf(result)).toEqual({
      activeKey: keyId,
      dryRun: true,
      complete: false,
      targets: [
        {
          target: 'postgresql public.users',
          replaced: 19,
          overtaken: 0,
          poisonCount: 1,
          poison: [{ primaryKey: ['3'], column: 'phone', reason: 'malformed' }],
          remaining: [20],
          keys: { legacy: 19, 'unknown format': 1 },
        },
      ],
    });
    expect((await fixture.client.query('SELECT * FROM users ORDER BY id')).rows).toEqual(rows);
    expect((await fixture.client.query("SELECT to_regclass('nivesh_reencryption') AS made")).rows).toEqual([
      { made: null },
    ]);
  });

  it('lists poison rows with their reason, exits with 1, and keeps them', async () => {
    await makeUsers(fixture.client, oldCipher, 20);
    const foreign = new FieldCipher(Keyring.create());
    await fixture.client.query('UPDATE users SET phone = $1 WHERE id = 5', [foreign.encrypt('x', phoneOf(5))]);
    await fixture.client.query(
      "UPDATE users SET phone = overlay(phone placing '00' from length(phone) - 1) WHERE id = 9",
    );
    await fixture.client.query('UPDATE users SET phone = $1 WHERE id = 11', [
      cipher.encrypt('x', phoneOf(12)).replace(keyId, '00000000'),
    ]);
    const result = await fixture.runVerb();
    expect(result.code).toBe(1);
    expect(result.stdout).toContain(`postgresql public.users ["5"] phone: unknown key (key ${foreign.keyring.active})`);
    expect(result.stdout).toContain('postgresql public.users ["9"] phone: not authentic (key legacy)');
    expect(result.stdout).toContain('postgresql public.users ["11"] phone: unknown key (key 00000000)');
    expect(result.stdout).toContain(`values of other keys than ${keyId} are left: keep these keys`);
    const { rows } = await fixture.client.query<{ id: string }>(
      `SELECT id FROM users WHERE phone NOT LIKE 'nv1:${keyId}:%' ORDER BY id`,
    );
    expect(rows).toEqual([{ id: '5' }, { id: '9' }, { id: '11' }]);
  });

  it('loses nothing when it is killed again and again, and goes on each time', async () => {
    const rows = 4000;
    await makeUsers(fixture.client, oldCipher, rows);
    const done = async () =>
      Number(
        (await fixture.client.query<{ count: string }>(`SELECT count(*) FROM users WHERE phone LIKE 'nv1:${keyId}:%'`))
          .rows[0]?.count,
      );
    const file = fixture.targetsFile();
    const options = ['reencrypt', '--targets', file, '--settle', '1s', '--batch-size', '50', '--json'];
    const progress: number[] = [];
    for (const threshold of [1, 600, 1300, 1900, 2700, 3400]) {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', join(packageRoot(), 'lib/cli/main.ts'), ...options, '--rate', '1500'],
        {
          cwd: packageRoot(),
          env: { PATH: process.env.PATH, ...fixture.environment() },
          stdio: 'ignore',
        },
      );
      const exit = once(child, 'exit');
      while ((await done()) < threshold && child.exitCode === null) {
        await sleep(5);
      }
      await sleep(Math.random() * 30);
      child.kill('SIGKILL');
      expect(await exit).toEqual([null, 'SIGKILL']);
      progress.push(await done());
      expect(await readUsers(fixture.client, cipher)).toEqual(allPhones(rows));
    }
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBeLessThan(rows);
    const last = await fixture.runVerb(['--json']);
    expect(last.code).toBe(0);
    expect(reportOf(last).targets[0]).toMatchObject({ replaced: rows - (progress.at(-1) ?? 0), remaining: [0, 0] });
    expect(await readUsers(fixture.client, newOnly)).toEqual(allPhones(rows));
  }, 60_000);

  it('fails with 3 when the server crashes meanwhile, and goes on after its restart', async () => {
    const rows = 3000;
    await makeUsers(fixture.client, oldCipher, rows);
    await fixture.client.end();
    const running = fixture.runVerb(['--batch-size', '50', '--rate', '1500']);
    await fixture.connect();
    while ((await fixture.client.query(`SELECT FROM users WHERE phone LIKE 'nv1:%' LIMIT 1`)).rowCount === 0) {
      await sleep(5);
    }
    await fixture.client.end();
    await fixture.server.crashAndRestart();
    const { code, stderr } = await running;
    expect(code).toBe(3);
    expect(stderr).toContain('fix: start the same command again: it goes on where it stopped');
    await fixture.connect();
    expect(await readUsers(fixture.client, cipher)).toEqual(allPhones(rows));
    expect((await fixture.runVerb()).code).toBe(0);
    expect(await readUsers(fixture.client, newOnly)).toEqual(allPhones(rows));
  }, 60_000);

  it('exits with 1 when a process with the old keyring still writes after the first count', async () => {
    await makeUsers(fixture.client, oldCipher, 10);
    const stop = new AbortController();
    const writer = (async () => {
      while (!stop.signal.aborted) {
        await fixture.client.query('UPDATE users SET phone = $1 WHERE id = 4', [oldCipher.encrypt('late', phoneOf(4))]);
        await sleep(200);
      }
    })();
    const result = await fixture.runVerb(['--json']);
    stop.abort();
    await writer;
    expect(result.code).toBe(1);
    expect(reportOf(result).complete).toBe(false);
    expect(reportOf(result).targets[0]?.remaining[1]).toBe(1);
    expect((await readUsers(fixture.client, cipher)).get('4')).toBe('late');
  });

  it('fails with 3 while another run holds the lock', async () => {
    await makeUsers(fixture.client, oldCipher, 10);
    const other = await fixture.openStore();
    await other.findProblems();
    await other.begin();
    const { code, stderr } = await fixture.runVerb();
    await other.close();
    expect([code, stderr]).toEqual([
      3,
      'error: postgresql public.users: another run is re-encrypting it\nfix: wait until it ends; its lock ends with its connection\n',
    ]);
    expect((await fixture.runVerb()).code).toBe(0);
  });

  it('shows plaintext and keys neither in its output nor in the statements that the server logs', async () => {
    await makeUsers(fixture.client, oldCipher, 50);
    const result = await fixture.runVerb(['--json']);
    const shown = result.stdout + result.stderr + fixture.server.log;
    expect(shown).toContain('UPDATE "public"."users"');
    const keys = [...keyring.keyIds].map(
      (id) =>
        keyring
          .key(id)
          ?.export()
          .toString(id === 'legacy' ? 'utf8' : 'base64url') ?? '',
    );
    for (const hidden of [...keys, 'phone 49', fixture.server.environment().PGPASSWORD ?? '']) {
      expect(shown).not.toContain(hidden);
    }
  });
});

describe('nivesh-secrets reencrypt among writers', () => {
  const rows = 4000;

  interface Writers {
    readonly expected: Map<string, string | null>;
    readonly stop: () => Promise<number>;
  }

  /** Four connections that change rows as fast as they can; each has rows of its own, so that it knows their last value. */
  function startWriters(cipherOf: () => FieldCipher): Writers {
    const expected: Map<string, string | null> = allPhones(rows);
    const stop = new AbortController();
    let writes = 0;
    const work = Array.from({ length: 4 }, async (_, shard) => {
      const connection = await fixture.server.connect(fixture.database);
      while (!stop.signal.aborted) {
        const id = Math.floor((Math.random() * rows) / 4) * 4 + shard;
        const text = writes % 50 === 0 ? null : randomBytes(4).toString('hex');
        const phone = text === null ? null : cipherOf().encrypt(text, phoneOf(id));
        await connection.query('UPDATE users SET phone = $1 WHERE id = $2', [phone, id]);
        expected.set(String(id), text);
        writes++;
      }
      await connection.end();
    });
    return {
      expected,
      stop: async () => {
        stop.abort();
        await Promise.all(work);
        return writes;
      },
    };
  }

  it('loses no update, not even of processes that still write with the old key', async () => {
    await makeUsers(fixture.client, oldCipher, rows);
    let current = oldCipher;
    const writers = startWriters(() => current);
    const running = fixture.runVerb(['--json', '--batch-size', '1000', '--settle', '2s']);
    while ((await fixture.client.query(`SELECT FROM users WHERE phone LIKE 'nv1:%' LIMIT 1`)).rowCount === 0) {
      await sleep(2);
    }
    // Old and new writers are at work while the passes run; the old ones end before the gate.
    await sleep(100);
    current = cipher;
    const result = await running;
    const writes = await writers.stop();
    expect(await readUsers(fixture.client, cipher)).toEqual(writers.expected);
    expect(writes).toBeGreaterThan(500);
    expect(result.code).toBe(0);
    expect(reportOf(result).targets[0]?.overtaken).toBeGreaterThan(0);
    expect(await readUsers(fixture.client, newOnly)).toEqual(writers.expected);
  }, 60_000);

  it('fails without the comparison: the same writers lose updates', async () => {
    await makeUsers(fixture.client, oldCipher, rows);
    const writers = startWriters(() => cipher);
    for (let start = 0; start < rows; start += 1000) {
      const page = await fixture.client.query<{ id: string; phone: string | null }>(
        'SELECT id, phone FROM users WHERE id >= $1 AND id < $2 AND phone IS NOT NULL',
        [start, start + 1000],
      );
      await sleep(5);
      const fresh = page.rows.map(({ id, phone }) =>
        cipher.encrypt(cipher.decrypt(phone ?? '', phoneOf(id)), phoneOf(id)),
      );
      await fixture.client.query(
        'UPDATE users AS u SET phone = v.phone FROM unnest($1::bigint[], $2::text[]) AS v(id, phone) WHERE u.id = v.id',
        [page.rows.map(({ id }) => id), fresh],
      );
    }
    await writers.stop();
    const found = await readUsers(fixture.client, cipher);
    const lost = [...writers.expected].filter(([id, text]) => found.get(id) !== text);
    expect(lost.length).toBeGreaterThan(0);
  }, 60_000);
});
