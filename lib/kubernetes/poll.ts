import { setTimeout as delay } from 'node:timers/promises';
import { KubernetesError } from './client';

/** See {@link poll}. */
export interface PollOptions {
  /** Milliseconds between two looks. @default 500 */
  readonly pollMs?: number;
  /**
   * Longest time without an answer of the API server, in milliseconds.
   * @default 120_000
   */
  readonly outageMs?: number;
}

/** How something is changed that may have to be tried several times. */
export interface ChangeOptions extends PollOptions {
  /** Asked right before each change; throws where nothing may be changed any more. @default - nobody is asked */
  readonly guard?: () => Promise<void>;
}

/**
 * Looks again and again until a look gives something. A look that finds the API server away or busy is repeated.
 * @param look may throw to end it
 * @throws KubernetesError when the API server refuses, or does not answer for too long
 */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  { pollMs = 500, outageMs = 120_000 }: PollOptions = {},
): Promise<T> {
  let answered = Date.now();
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) {
        return found;
      }
      answered = Date.now();
    } catch (error) {
      if (!isPassing(error) || Date.now() - answered > outageMs) {
        throw error;
      }
    }
    await delay(pollMs);
  }
}

/** Whether the same request may succeed a moment later. */
function isPassing(error: unknown): boolean {
  return error instanceof KubernetesError && [0, 409, 429, 500, 502, 503, 504].includes(error.status);
}
