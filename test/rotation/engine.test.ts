import type { FieldReference } from '../../lib/catalog';
import { journalPath } from '../../lib/rotation/journal';
import { RotationLockError } from '../../lib/rotation/journal-state';
import type { RotationMode } from '../../lib/rotation/strategy';
import { VaultError } from '../../lib/vault/client';
import { api, panel, RotationBench, web } from '../support/rotation';

const hour = 3_600_000;
const month = 31 * 24 * hour;

describe('the rotation engine', () => {
  let bench: RotationBench;

  beforeEach(async () => {
    bench = await RotationBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  /** Runs until the rotation is complete, waiting where it says so. */
  async function complete(field: FieldReference, holder: string, mode?: RotationMode): Promise<void> {
    const engine = bench.engineOf(holder);
    const outcome = await bench.rotate(field, { mode, longestWaitMs: month }, engine);
    if (!outcome.done) {
      await bench.rotate(field, { evidence: 'ticket 7', longestWaitMs: month }, engine);
    }
  }

  function writes(): number {
    return bench.vault.calls.filter((call) => !call.startsWith('GET')).length;
  }

  /** Lets a number of writes through; then Vault answers nothing more, after or before it has done the next one. */
  function stopAfter(allowed: number, applied: boolean): void {
    let left = allowed;
    bench.fake.intercept = (method, path, body) => {
      if (method === 'GET' && left >= 0) {
        return undefined;
      }
      left -= 1;
      if (left >= 0) {
        return undefined;
      }
      if (left === -1 && applied) {
        bench.fake.intercept = undefined;
        bench.fake.engine(method, path, body);
        stopAfter(-1, false);
      }
      return { status: 503, body: { errors: ['Vault is sealed'] } };
    };
  }

  const rotations: readonly [string, FieldReference, string[], RotationMode | undefined][] = [
    ['an overlap', web.signing_key, ['signing_key', 'signing_key_previous'], undefined],
    ['a list', api.key, ['key', 'key_previous'], undefined],
    ['a revocation', web.signing_key, ['signing_key', 'signing_key_previous'], 'revoke-now'],
    ['a rotation with a person', panel.password, ['password'], undefined],
  ];

  it.each(rotations)('ends %s from wherever a run stopped', async (_, field, fields, mode) => {
    await complete(field, 'host/0', mode);
    const total = writes() - 4;
    expect(total).toBeGreaterThan(4);
    for (const applied of [true, false]) {
      for (let allowed = 0; allowed < total; allowed++) {
        await bench.stop();
        bench = await RotationBench.start();
        await bench.processes.start(field.secret.path, fields);
        const [old] = await bench.values(field);
        stopAfter(allowed, applied);
        await expect(complete(field, 'host/1', mode)).rejects.toMatchObject({ status: 503 });
        bench.fake.intercept = undefined;
        if (fields.length > 1 && mode === undefined) {
          expect(bench.processes.refused).toBe(0);
        }
        bench.advance(60_000);
        const journal = bench.fake.current(journalPath(field));
        if (!journal?.finishedAt) {
          await complete(field, 'host/2', journal ? undefined : mode);
        }
        expect(bench.fake.current(journalPath(field))).toMatchObject({
          finishedAt: expect.any(String) as string,
          ...(journal ? { id: journal.id } : {}),
        });
        const [used, previous] = await bench.values(field);
        expect([used, previous]).not.toContain(old);
        if (fields.length > 1 && mode === undefined) {
          expect(bench.processes.refused).toBe(0);
        }
      }
    }
  });

  it('lets exactly one of two runs proceed', async () => {
    const results = await Promise.allSettled(
      ['host/1', 'host/2', 'host/3'].map(async (holder) => {
        await bench.rotate(web.signing_key, {}, bench.engineOf(holder));
      }),
    );
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(failed).toHaveLength(2);
    failed.forEach((error) => {
      expect(error).toBeInstanceOf(RotationLockError);
    });
    expect(bench.processes.delivered).toHaveLength(2);
  });

  it('fails while another run is at work, and names it', async () => {
    bench.processes.interrupt = async () => {
      await expect(bench.rotate(web.signing_key, {}, bench.engineOf('host/2'))).rejects.toThrow(
        'the rotation of app/web.signing_key is in the hands of host/1 until 2026-11-26T12:01:00.000Z',
      );
    };
    expect((await bench.rotate(web.signing_key)).ran).toEqual(['accept', 'sign']);
  });

  it('fails to change anything more when its lease ran out and another run has taken over', async () => {
    bench.processes.interrupt = async () => {
      bench.advance(60_000);
      await bench.rotate(web.signing_key, {}, bench.engineOf('host/2'));
      bench.processes.interrupt = undefined;
    };
    const before = await bench.values(web.signing_key);
    await expect(bench.rotate(web.signing_key)).rejects.toThrow(RotationLockError);
    const writers = bench.fake.current(journalPath(web.signing_key));
    expect(writers).toMatchObject({
      phases: [{ name: 'accept' }, { name: 'sign' }, { name: 'wait' }, { name: 'drop' }],
    });
    // The other run has accepted and signed once; this one has added nothing.
    expect((await bench.values(web.signing_key))[1]).toBe(before[0]);
    expect((await bench.kv.read('app/web'))?.version).toBe(3);
  });

  it('gives the delivery a guard that fails when another run has taken over', async () => {
    let guard: (() => Promise<void>) | undefined;
    const engine = bench.engineOf('host/1', (asked) => (guard = asked));
    const asked: string[] = [];
    const ask = async (): Promise<void> => {
      asked.push(
        await (guard ?? Promise.reject)().then(
          () => 'may go on',
          (error: unknown) => String(error),
        ),
      );
    };
    bench.processes.interrupt = async () => {
      await ask();
      bench.advance(60_000);
      await bench.rotate(web.signing_key, {}, bench.engineOf('host/2'));
      await ask();
    };
    await expect(bench.rotate(web.signing_key, {}, engine)).rejects.toThrow(RotationLockError);
    expect(asked).toEqual(['may go on', expect.stringContaining('RotationLockError')]);
  });

  it('has ended when the answer to its last write was lost', async () => {
    const write = bench.kv.writeDocument.bind(bench.kv);
    const spy = jest.spyOn(bench.kv, 'writeDocument').mockImplementation(async (path, version, document) => {
      const written = await write(path, version, document);
      if ('finishedAt' in document) {
        spy.mockRestore();
        throw new VaultError('vault cannot be reached: other side closed', 0);
      }
      return written;
    });
    expect(await bench.rotate(web.signing_key, { mode: 'revoke-now' })).toMatchObject({ done: true, ran: ['revoke'] });
    expect(bench.fake.current(journalPath(web.signing_key))?.finishedAt).toBeDefined();
  });

  it('goes on when its lease ran out and nobody has taken over', async () => {
    bench.processes.interrupt = async () => {
      bench.advance(10 * 60_000);
      await Promise.resolve();
    };
    expect((await bench.rotate(web.signing_key)).ran).toEqual(['accept', 'sign']);
  });

  it('gives the lease back when it fails, so that the next run can begin at once', async () => {
    bench.processes.interrupt = async () => {
      await Promise.reject(new Error('the pods are gone'));
    };
    await expect(bench.rotate(web.signing_key)).rejects.toThrow('the pods are gone');
    expect((await bench.rotate(web.signing_key, {}, bench.engineOf('host/2'))).ran).toEqual(['accept', 'sign']);
  });

  it('fails where the journal has changed since the plan was agreed to', async () => {
    const { overlapStrategy: strategy } = await import('../../lib/rotation/overlap.js');
    const request = { field: web.signing_key, strategy };
    const plan = await bench.engine.plan(request);
    await bench.rotate(web.signing_key, {}, bench.engineOf('host/2'));
    await expect(bench.engine.rotate(request, plan)).rejects.toThrow(
      'the journal of app/web.signing_key has changed since it was read',
    );
  });

  it('fails where something else lies at the place of the journal', async () => {
    await bench.kv.create(journalPath(web.signing_key), { note: 'mine' });
    await expect(bench.rotate(web.signing_key)).rejects.toThrow('what lies there is not the journal of a rotation');
  });

  it('fails where the catalog has another rotation than the one that has begun', async () => {
    await bench.rotate(web.signing_key);
    const { manualStrategy: strategy } = await import('../../lib/rotation/manual.js');
    await expect(bench.engine.plan({ field: web.signing_key, strategy })).rejects.toThrow(
      'the rotation of app/web.signing_key began as overlap (accept, sign, wait, drop), and the catalog says manual (replace, confirm)',
    );
  });

  it('fails for a value or evidence that nobody asked for', async () => {
    const { SecretValue } = await import('../../lib/values/secret-value.js');
    await expect(bench.rotate(web.signing_key, { entered: new SecretValue('x'), evidence: 'done' })).rejects.toThrow(
      'rotation by overlap takes no value from outside; rotation by overlap takes no evidence from outside',
    );
  });
});
