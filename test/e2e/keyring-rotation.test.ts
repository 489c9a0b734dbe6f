import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Keyring } from '../../lib/encryption';
import { parseTargets, reencryptTargets } from '../../lib/reencryption';
import { journalPath } from '../../lib/rotation/journal';
import { VaultClient } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';
import { seed } from '../../lib/vault/seed';
import { FakeKv } from '../support/fake-kv';
import { FakeVault } from '../support/fake-vault';
import { PostgresqlServer } from '../support/postgresql';
import { makeUsers, readUsers } from '../support/users-table';
import { notes, notesEnvironment, targetsFile } from './support/notes';
import { cipherOf, PhoneWriters } from './support/phone-writers';
import { allPhones } from './support/reencryption-fixture';
import { leaseMs, type RotationMessage } from './support/rotate-notes';

const rows = 8000;
const path = 'notes/backend';

describe('rotation of an encryption key under load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-keyring-'));
  let server: PostgresqlServer;
  let vault: FakeVault;
  let fake: FakeKv;
  let kv: KvEngine;
  let client: Client;
  let clients: Client[];
  let writers: PhoneWriters;
  let before: NodeJS.ProcessEnv;
  let output = '';

  beforeAll(async () => {
    server = await PostgresqlServer.start({ settings: { fsync: 'off', log_statement: 'all' } });
    writeFileSync(join(folder, 'targets.yaml'), targetsFile);
  }, 60_000);

  beforeEach(async () => {
    output = '';
    fake = new FakeKv();
    vault = await FakeVault.start(fake.engine);
    kv = new KvEngine(new VaultClient(vault.connection), 'secret');
    await seed(notesEnvironment.catalog, kv);
    before = await delivered();
    client = await server.connect();
    // Written by the application of before, which knows nothing of keyrings.
    await makeUsers(client, cipherOf({ ENCRYPTION_KEY: before.ENCRYPTION_KEY }), rows);
    clients = await Promise.all([1, 2, 3].map(async () => await server.connect()));
    writers = new PhoneWriters(clients, rows, delivered, before);
    writers.start();
  });

  afterEach(async () => {
    await writers.stop();
    await client.query('DROP TABLE IF EXISTS users, nivesh_reencryption');
    await Promise.all(
      [client, ...clients].map(async (open) => {
        await open.end();
      }),
    );
    await kv.client.close();
    await vault.stop();
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** The variables of a process that starts now. */
  async function delivered(): Promise<NodeJS.ProcessEnv> {
    const { data = {} } = (await kv.read(path)) ?? {};
    return { ENCRYPTION_KEY: data.encryption_key, ENCRYPTION_KEYRING: data.encryption_key_keyring };
  }

  async function keyring(): Promise<Keyring> {
    return cipherOf(await delivered()).keyring;
  }

  /** Time in which every process writes and reads many rows. */
  async function work(): Promise<void> {
    const until = writers.counts.operations + 300;
    while (writers.counts.operations < until) {
      await sleep(10);
    }
  }

  /**
   * One run in a process of its own, which may be killed.
   * @param kill whether this is the moment: at a line, or after one of the application's processes has restarted
   * @returns whether the rotation is complete
   */
  async function rotate(kill: (moment: string) => boolean = () => false): Promise<boolean> {
    const child = fork(join(__dirname, 'support', 'rotate-notes.ts'), [], {
      execArgv: ['--require', require.resolve('tsx/cjs')],
      env: { PATH: process.env.PATH, ...server.environment(), VAULT: vault.connection.address, FOLDER: folder },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    [child.stdout, child.stderr].forEach((stream) => stream?.on('data', (chunk) => (output += String(chunk))));
    let done = false;
    const die = (moment: string): boolean => kill(moment) && child.kill('SIGKILL');
    child.on('message', (message: RotationMessage) => {
      if ('done' in message) {
        done = message.done;
      } else if ('line' in message) {
        output += `${message.line}\n`;
        die(message.line);
      } else {
        void deliver(child, message.deliver.phase, die);
      }
    });
    await once(child, 'close');
    return done;
  }

  async function deliver(child: ChildProcess, phase: string, die: (moment: string) => boolean): Promise<void> {
    await writers.restart(async (index) => {
      await work();
      die(`${phase} restarted ${index}`);
    });
    if (child.connected) {
      child.send('delivered');
    }
  }

  it('serves every read while it is killed in each phase, and leaves nothing of the old key', async () => {
    const moments = [
      /reading everything/,
      /^add restarted 0$/,
      /^promote restarted 1$/,
      /reencrypt: replace/,
      /users: 0 of \d+ values/,
      /remove: remove/,
      /^remove restarted 2$/,
    ];
    const met: string[] = [];
    for (const moment of moments) {
      const done = await rotate((now) => {
        const hit = moment.test(now) && !met.includes(moment.source);
        if (hit) {
          met.push(moment.source);
        }
        return hit;
      });
      expect([moment, done]).toEqual([moment, false]);
      await work();
      await sleep(leaseMs + 200);
    }
    expect(met).toEqual(moments.map(({ source }) => source));
    expect(await rotate()).toBe(true);
    await work();
    expect(writers.counts.failures).toEqual([]);

    const { active, keyIds } = await keyring();
    expect(keyIds).toEqual([active]);
    for (let count = 0; count < 2; count++) {
      const { rows: counted } = await client.query<{ left: string }>(
        'SELECT count(*) AS left FROM users WHERE phone NOT LIKE $1',
        [`nv1:${active}:%`],
      );
      expect(counted[0]?.left).toBe('0');
      await work();
    }
    const after = await delivered();
    expect(await readUsers(client, cipherOf(after))).toEqual(allPhones(rows));
    await expect(readUsers(client, cipherOf(before))).rejects.toThrow('the keyring does not have this key');
    expect(after.ENCRYPTION_KEY).not.toBe(before.ENCRYPTION_KEY);

    const journal = JSON.stringify(fake.current(journalPath(notes.encryption_key)));
    expect(journal).toContain(active);
    const ring = JSON.parse(after.ENCRYPTION_KEYRING ?? '') as { keys: Record<string, string> };
    for (const key of [before.ENCRYPTION_KEY, after.ENCRYPTION_KEY, ring.keys[active]]) {
      expect(key).toMatch(/^\S{32,}$/);
      expect(journal + output + server.log).not.toContain(key);
    }
  }, 300_000);

  it('fails reads where the data is re-encrypted first and the key delivered afterwards, as the guide says', async () => {
    const { keyring: added, keyId } = (await keyring()).withNewKey();
    const ring = added.withActive(keyId);
    const targets = targetsFile.replace('postgresql', 'postgresql\n    urlFrom: DATABASE_URL');
    await reencryptTargets(parseTargets('targets', targets), {
      keyring: ring,
      environment: { DATABASE_URL: server.url() },
      settle: work,
    });
    const current = await kv.read(path);
    await kv.patch(path, current?.version ?? 0, { encryption_key_keyring: ring.serialize().reveal() });
    await writers.restart(work);
    expect(writers.counts.failures.length).toBeGreaterThan(0);
  }, 60_000);

  it('does not begin where a stored value could never be re-encrypted, and says which', async () => {
    const foreign = cipherOf({ ENCRYPTION_KEY: randomBytes(16).toString('hex') });
    const text = foreign.encrypt('lost', { table: 'users', column: 'phone', primaryKey: rows });
    await client.query('INSERT INTO users VALUES ($1, $2, $3)', [rows, 'lost', text]);
    expect(await rotate()).toBe(false);
    expect(output).toContain(`postgresql public.users ["${rows}"] phone: not authentic (key legacy)`);
    expect(fake.current(journalPath(notes.encryption_key))).toBeUndefined();
    expect(await delivered()).toEqual(before);
  }, 60_000);
});
