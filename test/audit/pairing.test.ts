import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { IdSet } from '../../lib/audit/id-set';
import { Pairing } from '../../lib/audit/pairing';

const place = { file: 'audit.log', line: 1 };

describe('Pairing', () => {
  it('gives each answer once and knows what lacks its half, in any order of any number of devices', () => {
    const call = fc.record({ asked: fc.boolean(), answered: fc.boolean(), devices: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), fc.array(fc.nat(), { minLength: 180 }), (calls, order) => {
        const ids = calls.map(() => randomUUID());
        const events = calls
          .flatMap(({ asked, answered, devices }, index) =>
            Array.from({ length: devices }, () => [
              ...(asked ? [{ index, half: 'ask' as const }] : []),
              ...(answered ? [{ index, half: 'answer' as const }] : []),
            ]).flat(),
          )
          .map((event, index) => ({ event, rank: order[index] ?? 0 }))
          .sort((a, b) => a.rank - b.rank);
        const pairing = new Pairing<string>();
        const answers: string[] = [];
        for (const { event } of events) {
          const id = ids[event.index] ?? '';
          if (event.half === 'ask') {
            pairing.ask(id, id, place);
          } else if (pairing.answer(id, place)) {
            answers.push(id);
          }
        }
        const idsWith = (asked: boolean, answered: boolean): string[] =>
          ids.filter((_, index) => calls[index]?.asked === asked && calls[index].answered === answered).sort();
        expect(answers.sort()).toEqual([...idsWith(true, true), ...idsWith(false, true)].sort());
        expect(pairing.unanswered.map(({ entry }) => entry).sort()).toEqual(idsWith(true, false));
        expect(pairing.unasked).toHaveLength(idsWith(false, true).length);
      }),
    );
  });
});

describe('IdSet', () => {
  it('remembers ids while it grows, UUIDs and others', () => {
    const set = new IdSet();
    const ids = [...Array.from({ length: 50_000 }, () => randomUUID()), 'one', '', '0', 'x'.repeat(32)];
    let known = 0;
    for (const id of ids) {
      known += set.has(id) ? 1 : 0;
      set.add(id);
      set.add(id);
    }
    expect(known).toBe(0);
    expect(set.size).toBe(ids.length);
    expect(ids.every((id) => set.has(id))).toBe(true);
    expect(set.has(randomUUID())).toBe(false);
  });
});
