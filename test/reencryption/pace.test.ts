import fc from 'fast-check';
import { pace } from '../../lib/reencryption/pace';

/** A clock that only moves when somebody sleeps or works. */
function fakeClock() {
  let time = 0;
  return {
    now: () => time,
    sleep: (ms: number) => {
      time += ms;
      return Promise.resolve();
    },
  };
}

describe('pace', () => {
  it('stays below the rate whatever the batches and pauses are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat(1000)), { minLength: 1 }),
        fc.integer({ min: 1, max: 5000 }),
        async (batches, rate) => {
          const clock = fakeClock();
          const limit = pace(rate, clock);
          let before = 0;
          for (const [rows, work] of batches) {
            await limit.next(rows);
            // Whatever was begun earlier has had its time by now.
            expect(clock.now() + 1e-6).toBeGreaterThanOrEqual((before / rate) * 1000);
            before += rows;
            await clock.sleep(work);
          }
        },
      ),
    );
  });

  it('never waits without a rate', async () => {
    const clock = fakeClock();
    const limit = pace(undefined, clock);
    await limit.next(1e9);
    await limit.next(1e9);
    expect(clock.now()).toBe(0);
  });
});
