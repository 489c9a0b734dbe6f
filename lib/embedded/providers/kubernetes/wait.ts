import { setTimeout as sleep } from 'node:timers/promises';

/** How long to look, and how often. */
export interface WaitOptions {
  /** Seconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** The time was over, or the engine cancelled, before something was so. */
export class WaitError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WaitError';
  }
}

/**
 * Looks until something is so.
 * @param look gives the result, or says in words how far it is
 * @throws WaitError with the last words
 */
export async function waitUntil<T>(
  look: () => Promise<{ readonly result: T } | { readonly message: string }>,
  { timeout, signal }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + timeout * 1000;
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 1000)) {
    const seen = await look();
    if ('result' in seen) {
      return seen.result;
    }
    if (signal.aborted) {
      throw new WaitError(`the wait was cancelled: ${seen.message}`);
    }
    if (Date.now() + pause > deadline) {
      throw new WaitError(`not after ${timeout} s: ${seen.message}`);
    }
    // Rejects when the engine cancels, which is looked at above.
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
