import fc from 'fast-check';
import {
  beginRotation,
  currentPhase,
  finishPhase,
  type JournalRecord,
  lastRotation,
  leaseAt,
  parseJournal,
  pausePhase,
  releaseLease,
  rememberFacts,
  RotationLockError,
  startPhase,
  takeLease,
} from '../../lib/rotation/journal-state';

const start = new Date('2026-11-26T12:00:00Z');
const leaseMs = 60_000;

function begin(phases: readonly string[], before?: JournalRecord, now = start): JournalRecord {
  return beginRotation(before, {
    field: 'app/web.key',
    id: `rotation-${now.getTime()}`,
    strategy: 'overlap',
    mode: 'overlap',
    phases,
    now,
  });
}

/** What a run does with the journal; each happens some seconds after the one before. */
const actions = fc.array(
  fc.record({
    who: fc.constantFrom('one', 'two', 'three'),
    what: fc.constantFrom('take', 'start', 'remember', 'pause', 'wait', 'finish', 'release', 'begin'),
    seconds: fc.integer({ min: 0, max: 90 }),
    fact: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
  }),
  { maxLength: 60 },
);
type Action = typeof actions extends fc.Arbitrary<readonly (infer A)[]> ? A : never;

const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 5 });

function act(record: JournalRecord, { who, what, fact }: Action, now: Date): JournalRecord {
  if (what === 'begin') {
    return leaseAt(record, now)
      ? record
      : begin(
          record.phases.map(({ name }) => name),
          record,
          now,
        );
  }
  if (what === 'take') {
    return record.finishedAt ? record : takeLease(record, who, now, leaseMs);
  }
  const phase = currentPhase(record)?.name;
  if (phase === undefined || leaseAt(record, now)?.holder !== who) {
    return record;
  }
  switch (what) {
    case 'start':
      return startPhase(record, phase, now);
    case 'remember':
      return rememberFacts(record, phase, { fact });
    case 'pause':
      return pausePhase(record, phase, { waitsFor: 'somebody' });
    case 'wait':
      return pausePhase(record, phase, { until: new Date(now.getTime() + 1000), reason: 'not yet' });
    case 'finish':
      return finishPhase(record, phase, {}, now);
    default:
      return releaseLease(record);
  }
}

/** Every record of a history, with the time at which it was written. */
function history(phases: readonly string[], done: readonly Action[]): { record: JournalRecord; now: Date }[] {
  let now = start;
  let record = begin(phases);
  const records = [{ record, now }];
  for (const action of done) {
    now = new Date(now.getTime() + action.seconds * 1000);
    try {
      record = act(record, action, now);
    } catch (error) {
      expect(error).toBeInstanceOf(RotationLockError);
    }
    records.push({ record, now });
  }
  return records;
}

describe('the journal of a rotation', () => {
  it('is the same after it was written to Vault and read again', () => {
    fc.assert(
      fc.property(names, actions, (phases, done) => {
        for (const { record } of history(phases, done)) {
          const read = parseJournal(JSON.parse(JSON.stringify(record)) as unknown);
          expect(read).toEqual(record);
        }
      }),
    );
  });

  it('ends its phases in their order, each once, and nothing after its end', () => {
    fc.assert(
      fc.property(names, actions, (phases, done) => {
        const records = history(phases, done);
        records.forEach(({ record }, index) => {
          const open = record.phases.findIndex(({ finishedAt }) => !finishedAt);
          const finished = open < 0 ? record.phases.length : open;
          expect(record.phases.slice(finished).every(({ finishedAt }) => !finishedAt)).toBe(true);
          expect(record.finishedAt !== undefined).toBe(open < 0);
          const before = records[index - 1]?.record;
          if (before?.id === record.id) {
            // What ended stays as it ended.
            const ended = before.phases.filter(({ finishedAt }) => finishedAt);
            expect(record.phases.slice(0, ended.length)).toEqual(ended);
          }
        });
      }),
    );
  });

  it('is never in two hands: who takes it finds it free, run out, or its own', () => {
    fc.assert(
      fc.property(names, actions, (phases, done) => {
        const records = history(phases, done);
        records.slice(1).forEach(({ record, now }, index) => {
          const before = records[index]?.record;
          const held = before && leaseAt(before, now);
          if (held && record.lease && record.lease.holder !== held.holder) {
            throw new Error(`${record.lease.holder} took what ${held.holder} held`);
          }
          expect(record.finishedAt && record.lease).toBeFalsy();
        });
      }),
    );
  });

  it('remembers the last rotation that ended, while another one runs and when that is broken off', () => {
    const ended = finishPhase(startPhase(begin(['replace']), 'replace', start), 'replace', { version: 2 }, start);
    const next = begin(['replace'], ended, new Date(start.getTime() + 1000));
    const other = begin(['replace'], next, new Date(start.getTime() + 2000));
    expect([ended, next, other].map((record) => lastRotation(record)?.id)).toEqual([ended.id, ended.id, ended.id]);
    expect(other.supersedes).toBe(next.id);
    expect(next.supersedes).toBeUndefined();
  });

  it('fails for another phase than the one to run', () => {
    expect(() => startPhase(begin(['accept', 'sign']), 'sign', start)).toThrow(
      'phase sign of app/web.key is not the one to run, but accept',
    );
  });

  it('fails to be taken while another run holds it, and names that run and the end of its lease', () => {
    const held = takeLease(begin(['replace']), 'host/1', start, leaseMs);
    const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
    expect(() => takeLease(held, 'host/2', later(59), leaseMs)).toThrow(
      'the rotation of app/web.key is in the hands of host/1 until 2026-11-26T12:01:00.000Z',
    );
    expect(takeLease(held, 'host/2', later(60), leaseMs).lease?.holder).toBe('host/2');
    expect(takeLease(held, 'host/1', later(30), leaseMs).lease?.until).toEqual(later(90));
  });

  it.each([null, 'text', [], {}, { id: 'x', phases: [] }])('is not %j', (document) => {
    expect(parseJournal(document)).toBeUndefined();
  });
});
