import { setTimeout as delay } from 'node:timers/promises';
import { HeldJournal, journalPath, readJournal, type TakeOptions } from '../../lib/rotation/journal';
import { beginRotation, rememberFacts, RotationLockError, startPhase } from '../../lib/rotation/journal-state';
import { RotationBench, web } from '../support/rotation';

const field = web.session_key;
const path = `secret/data/${journalPath(field)}`;

describe('a journal in the hands of one run', () => {
  let bench: RotationBench;

  beforeEach(async () => {
    bench = await RotationBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  async function take(holder: string, options: Partial<TakeOptions> = {}): Promise<HeldJournal> {
    const from = await readJournal(bench.kv, field);
    const begun = { field: field.id, id: 'one', strategy: 'manual', mode: 'overlap', phases: ['replace'] } as const;
    const record = from.record ?? beginRotation(undefined, { ...begun, now: new Date() });
    const now = (): Date => new Date();
    return await HeldJournal.take({ kv: bench.kv, field, from, record, holder, leaseMs: 60_000, now, ...options });
  }

  it('is written with check-and-set, step by step, and given back', async () => {
    const journal = await take('host/1');
    await journal.update((record) => startPhase(record, 'replace', new Date()));
    await journal.update((record) => rememberFacts(record, 'replace', { base: 1 }));
    expect(bench.fake.current(journalPath(field))).toMatchObject({
      lease: { holder: 'host/1' },
      phases: [{ facts: { base: 1 } }],
    });
    await journal.close();
    expect(bench.fake.current(journalPath(field))?.lease).toBeUndefined();
  });

  it('is renewed as long as the run lives', async () => {
    const journal = await take('host/1', { leaseMs: 600 });
    await delay(1500);
    await expect(take('host/2')).rejects.toThrow(RotationLockError);
    await journal.close();
    await (await take('host/2')).close();
  });

  it('goes on after a write that Vault has done and not confirmed', async () => {
    const journal = await take('host/1');
    bench.fake.intercept = (method, url, body) => {
      if (method !== 'POST') {
        return undefined;
      }
      bench.fake.intercept = undefined;
      bench.fake.engine(method, url, body);
      return { status: 503, body: { errors: ['no answer'] } };
    };
    await expect(journal.update((record) => startPhase(record, 'replace', new Date()))).rejects.toMatchObject({
      status: 503,
    });
    await journal.update((record) => rememberFacts(record, 'replace', { base: 2 }));
    expect(bench.fake.current(journalPath(field))).toMatchObject({ phases: [{ facts: { base: 2 } }] });
    await journal.close();
  });

  it('fails for good once another run has written, and leaves that run its lease', async () => {
    const journal = await take('host/1');
    const { version } = await bench.kv.readDocument(journalPath(field));
    const until = new Date(Date.now() + 60_000).toISOString();
    const theirs = { ...bench.fake.current(journalPath(field)), lease: { holder: 'host/2', until } };
    bench.fake.engine('POST', path, { options: { cas: version }, data: theirs });
    const lost = /is in the hands of host\/2 until/;
    await expect(journal.update((record) => startPhase(record, 'replace', new Date()))).rejects.toThrow(lost);
    await expect(journal.verify()).rejects.toThrow(lost);
    await journal.close();
    expect(bench.fake.current(journalPath(field))).toEqual(theirs);
  });

  it('fails before the next change when a run whose clock is ahead has taken over', async () => {
    let now = new Date();
    const journal = await take('host/1', { now: () => now });
    await journal.verify();
    const ahead = new Date(now.getTime() + 61_000);
    const other = await take('host/2', { now: () => ahead });
    now = new Date(now.getTime() + 2_001);
    await expect(journal.verify()).rejects.toThrow(/is in the hands of host\/2 until/);
    await journal.close();
    await other.verify();
    await other.close();
  });

  it('fails to be taken where it has changed since it was read', async () => {
    const from = await readJournal(bench.kv, field);
    await (await take('host/1')).close();
    await expect(take('host/2', { from })).rejects.toThrow('was changed by somebody else meanwhile');
  });
});
