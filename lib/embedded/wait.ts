import { setTimeout as delay } from 'node:timers/promises';
import { environmentError } from '../cli/errors';

/**
 * Asks again and again until the answer is yes.
 * @param what what is waited for, for the message
 * @throws CliError when the time is over
 */
export async function waitUntil(what: string, timeoutMs: number, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) {
      throw environmentError(
        `${what} did not come within ${Math.round(timeoutMs / 1000)} s`,
        'look at the logs with "nivesh-secrets platform logs"',
      );
    }
    await delay(50);
  }
}
