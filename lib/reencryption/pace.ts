import { setTimeout as sleep } from 'node:timers/promises';

/** Keeps work below a rate. */
export interface Pace {
  /** Waits until `rows` more rows may be worked on. */
  next(rows: number): Promise<void>;
}

/** @param rowsPerSecond nothing for no limit */
export function pace(
  rowsPerSecond: number | undefined,
  clock: { readonly now: () => number; readonly sleep: (ms: number) => Promise<unknown> } = { now: Date.now, sleep },
): Pace {
  let free = clock.now();
  return {
    async next(rows) {
      if (rowsPerSecond === undefined) {
        return;
      }
      const wait = free - clock.now();
      // A pause does not give the right to a burst afterwards.
      free = Math.max(free, clock.now()) + (rows / rowsPerSecond) * 1000;
      if (wait > 0) {
        await clock.sleep(wait);
      }
    },
  };
}
