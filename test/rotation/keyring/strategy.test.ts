import { randomBytes } from 'node:crypto';
import { Keyring } from '../../../lib/encryption';
import { journalPath } from '../../../lib/rotation/journal';
import { keyringStrategy } from '../../../lib/rotation/keyring/strategy';
import { RolloutFailedError } from '../../../lib/rotation/value-delivery';
import { initialKeyring } from '../../../lib/values/generate';
import { cipherOf, jobs, KeyringBench, notes, unreadable } from '../../support/keyring-bench';

describe('rotation by keyring', () => {
  let bench: KeyringBench;

  beforeEach(async () => {
    bench = await KeyringBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  const ring = async () => JSON.parse((await bench.data()).key_keyring ?? '') as { active: string; keys: object };

  async function evidence(): Promise<string> {
    return `re-encrypted with ${(await ring()).active}`;
  }

  it('adds a key, encrypts with it, waits for the data, and removes the old key everywhere', async () => {
    const old = await bench.data();
    expect(old.key_keyring).toBe(initialKeyring);
    const begun = await bench.rotate();
    const { active, keys } = await ring();
    expect(begun).toMatchObject({ done: false, ran: ['add', 'promote'] });
    expect(JSON.stringify(begun.pause)).toContain(active);
    expect(active).toMatch(/^[0-9a-f]{8}$/);
    expect(keys).toMatchObject({ legacy: { from: 'ENCRYPTION_KEY' } });
    expect((await bench.data()).key).toBe(old.key);

    bench.processes.reencrypt();
    const ended = await bench.rotate({ evidence: await evidence() });
    expect(ended).toMatchObject({ id: begun.id, done: true, ran: ['reencrypt', 'remove'] });
    const after = await bench.data();
    expect(Object.keys((await ring()).keys)).toEqual([active]);
    expect(after.key).toMatch(/^[0-9a-f]{32}$/);
    expect(after.key).not.toBe(old.key);
    expect(after.other).toBe(old.other);
    expect(bench.processes.delivered.map(({ fields }) => fields)).toEqual([
      ['key_keyring'],
      ['key_keyring'],
      ['key_keyring', 'key'],
    ]);
    expect(bench.processes.failures).toBe(0);
    expect(unreadable(bench.processes.rows, cipherOf(after))).toBe(0);
    // The old key, alone or with a ring of before, opens nothing any more.
    expect(unreadable(bench.processes.rows, cipherOf(old))).toBe(bench.processes.rows.length);
  });

  it('rotates again, leaves the value that never encrypted anything, and has one key at the end', async () => {
    const rotate = async () => {
      await bench.rotate();
      bench.processes.reencrypt();
      await bench.rotate({ evidence: await evidence() });
      return { key: (await bench.data()).key, ...(await ring()) };
    };
    const first = await rotate();
    const second = await rotate();
    expect(second.key).toBe(first.key);
    expect(Object.keys(second.keys)).toEqual([second.active]);
    expect(second.active).not.toBe(first.active);
    expect(bench.processes.failures).toBe(0);
  });

  it('encrypts with a fresh key at once where a key has leaked; the harness sees what that breaks', async () => {
    const begun = await bench.rotate({ mode: 'revoke-now' });
    expect(begun).toMatchObject({ mode: 'revoke-now', ran: ['replace'] });
    expect(bench.processes.failures).toBeGreaterThan(0);
    bench.processes.reencrypt();
    const { active } = await ring();
    expect(await bench.rotate({ evidence: await evidence() })).toMatchObject({
      done: true,
      ran: ['reencrypt', 'remove'],
    });
    expect(Object.keys((await ring()).keys)).toEqual([active]);
    expect(keyringStrategy().breaks(notes.key.declaration.rotation)).toMatchInlineSnapshot(`
     [
       "until every pod has restarted, pods that have not cannot read what the restarted ones write",
       "the leaked key reads everything that is not re-encrypted yet, and nobody here re-encrypts it",
       "it reads copies of the data for ever: backups, dumps, replicas",
     ]
    `);
  });

  it('knows its own key where a run that was overtaken adds another one at the last moment', async () => {
    bench.fake.intercept = (method, path, body) => {
      if (method === 'PATCH' && path.includes('app/notes')) {
        bench.fake.intercept = undefined;
        const { key = '', key_keyring: stored = '' } = bench.fake.current('app/notes') as Record<string, string>;
        const theirs = Keyring.fromEnvironment({ ENCRYPTION_KEYRING: stored, ENCRYPTION_KEY: key }).withNewKey()
          .keyring;
        bench.fake.engine(method, path, {
          ...(body as object),
          data: { key_keyring: theirs.serialize().reveal() },
        });
      }
      return undefined;
    };
    await bench.rotate({ mode: 'revoke-now' });
    bench.processes.reencrypt();
    expect(await bench.rotate({ evidence: await evidence() })).toMatchObject({ done: true });
    expect(Object.keys((await ring()).keys)).toEqual([(await ring()).active]);
  });

  it('brings another key when the one of a rotation that runs has leaked', async () => {
    await bench.rotate();
    const leaked = (await ring()).active;
    await bench.rotate({ mode: 'revoke-now' });
    expect((await ring()).active).not.toBe(leaked);
    bench.processes.reencrypt();
    await bench.rotate({ evidence: await evidence() });
    expect(Object.keys((await ring()).keys)).toEqual([(await ring()).active]);
    expect(unreadable(bench.processes.rows, cipherOf(await bench.data()))).toBe(0);
  });

  it.each([0, 2])('takes a rollout back that fails at process %i, in each phase, and goes on', async (process) => {
    for (const [options, phase] of [
      [{}, 'add'],
      [{}, 'promote'],
      [undefined, 'remove'],
    ] as const) {
      bench.processes.afterRestart = async (index) => {
        if (index === process && bench.processes.delivered.at(-1)?.label.includes(`.${phase}.`)) {
          bench.processes.afterRestart = async () => {
            await Promise.resolve();
          };
          await bench.processes.takeBack();
        }
      };
      if (options === undefined) {
        await bench.rotate();
        bench.processes.reencrypt();
      }
      await expect(bench.rotate(options ?? { evidence: await evidence() })).rejects.toThrow(RolloutFailedError);
    }
    expect(await bench.rotate()).toMatchObject({ done: true, ran: ['remove'] });
    expect(bench.processes.failures).toBe(0);
    expect(unreadable(bench.processes.rows, cipherOf(await bench.data()))).toBe(0);
  });

  it('has neither a key nor a part of one in its journal, lines and facts', async () => {
    const secrets: string[] = [(await bench.data()).key ?? ''];
    await bench.rotate();
    secrets.push(...Object.values((await ring()).keys).filter((key): key is string => typeof key === 'string'));
    bench.processes.reencrypt();
    await bench.rotate({ evidence: await evidence() });
    secrets.push((await bench.data()).key ?? '');
    const written = JSON.stringify(bench.fake.current(journalPath(notes.key))) + bench.lines.join('\n');
    expect(secrets).toHaveLength(3);
    for (const secret of secrets) {
      expect(written).not.toContain(secret.slice(0, 8));
    }
    expect(written).toContain((await ring()).active);
  });

  describe('evidence', () => {
    it.each([
      ['before it was asked for', false, 'with 0a1b2c3d', 'the new key does not encrypt everywhere yet'],
      ['that names another key', true, 'with 0a1b2c3d', 'the evidence does not name the new key'],
      ['of several lines', true, 'done\nKEY', 'the evidence is empty, too long or has several lines'],
      ['that is empty', true, ' ', 'the evidence is empty, too long or has several lines'],
    ])('fails %s', async (_, asked, text, problem) => {
      if (asked) {
        await bench.rotate();
      }
      const before = await bench.data();
      await expect(bench.rotate({ evidence: text.replace('KEY', before.key ?? '') })).rejects.toThrow(problem);
      expect(await bench.data()).toEqual(before);
    });

    it('fails for a line that holds a key', async () => {
      await bench.rotate();
      const { active, keys } = await ring();
      const line = `${active}: ${(keys as Record<string, string>)[active] ?? ''}`;
      await expect(bench.rotate({ evidence: line })).rejects.toThrow('the evidence holds a key');
    });

    it('is asked for by the id of the key, and the answer is kept', async () => {
      const { pause } = await bench.rotate();
      const { active } = await ring();
      expect(JSON.stringify(pause)).toContain('nivesh-secrets reencrypt');
      await bench.rotate({ evidence: ` every value of these targets is encrypted with ${active} ` });
      expect(JSON.stringify(bench.fake.current(journalPath(notes.key)))).toContain(
        `"evidence":"every value of these targets is encrypted with ${active}"`,
      );
    });
  });

  describe('somebody else', () => {
    it('may write other fields of the secret meanwhile', async () => {
      bench.processes.afterRestart = async (index) => {
        const current = await bench.kv.read('app/notes');
        await bench.kv.patch('app/notes', current?.version ?? 0, { other: `written at ${index}` });
      };
      await bench.rotate();
      bench.processes.reencrypt();
      await bench.rotate({ evidence: await evidence() });
      expect((await bench.data()).other).toBe('written at 2');
      expect(Object.keys((await ring()).keys)).toHaveLength(1);
      expect(bench.processes.failures).toBe(0);
    });

    it('fails the rotation that changes the keyring, which stays as it is', async () => {
      await bench.rotate();
      const line = await evidence();
      const current = await bench.kv.read('app/notes');
      await bench.kv.patch('app/notes', current?.version ?? 0, { key_keyring: Keyring.create().serialize().reveal() });
      const before = await bench.data();
      await expect(bench.rotate({ evidence: line })).rejects.toMatchObject({
        message:
          'the keys in secret/app/notes are not those that this rotation left there: somebody else has changed app/notes.key',
        fix: 'make sure that every key that stored data needs is in the keyring, then begin anew from what is there now: nivesh-secrets rotate app/notes.key --environment test --revoke-now',
      });
      expect(await bench.data()).toEqual(before);
    });
  });

  it('fails before it begins for keys that cannot be read, and for the keyring in place of its key', async () => {
    const current = await bench.kv.read('app/notes');
    await bench.kv.patch('app/notes', current?.version ?? 0, { key: randomBytes(4).toString('hex') });
    const before = await bench.data();
    await expect(bench.rotate()).rejects.toThrow('the first 32 characters of the key are not 32 bytes');
    await expect(bench.rotate({}, notes.key.keyring)).rejects.toThrow(
      'a keyring changes when its key is rotated, got app/notes.key_keyring, fix: nivesh-secrets rotate app/notes.key --environment test',
    );
    expect(await bench.data()).toEqual(before);
    expect(bench.fake.current(journalPath(notes.key))).toBeUndefined();
  });

  it('fails where Vault lacks the keyring, and says what adds it', async () => {
    const { key = '', other = '' } = await bench.data();
    bench.fake.engine('POST', 'secret/data/app/notes', { data: { key, other } });
    await expect(bench.rotate()).rejects.toThrow('fix: nivesh-secrets seed --environment test');
  });

  describe('Fernet keys', () => {
    const list = async () => ((await bench.data('app/jobs')).fernet ?? '').split(',');

    it('are a list whose first key encrypts', async () => {
      const [old] = await list();
      const seen: string[][] = [];
      bench.processes.afterRestart = async (index) => {
        if (index === 2) {
          seen.push(await list());
        }
      };
      const { pause } = await bench.rotate({}, jobs.fernet);
      expect(pause).toEqual({
        waitsFor: 'run "airflow rotate-fernet-key" where app/jobs.fernet is delivered, then say so with --evidence',
      });
      expect(await bench.rotate({ evidence: 'OPS-17' }, jobs.fernet)).toMatchObject({ done: true });
      const [fresh] = await list();
      expect(seen).toEqual([[old, fresh], [fresh, old], [fresh]]);
      expect(fresh).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    });

    it('fail before a rotation where one is not a key, without showing it', async () => {
      const current = await bench.kv.read('app/jobs');
      const wrong = randomBytes(20).toString('base64url');
      await bench.kv.patch('app/jobs', current?.version ?? 0, { fernet: wrong });
      const message = await bench.rotate({}, jobs.fernet).catch(String);
      expect(message).toContain('app/jobs.fernet.0: not a Fernet key, got 27 characters');
      expect(message).not.toContain(wrong.slice(0, 8));
    });
  });
});
