import { availableParallelism } from 'node:os';
import type { Keyring } from '../encryption/keyring';
import { Thread } from '../thread';
import type { Plan, Planner, PlanRequest } from './planner';

/** A database is busy before more threads than this are. */
const mostThreads = 4;

/** Encrypts in threads, so that this one has time for the databases: encryption takes longer than everything else here. */
export class WorkerPlanner implements Planner {
  readonly #threads: readonly Thread<PlanRequest, Plan>[];
  #next = 0;

  /** @param threads @default - one a processor, without the one of this thread; at most 4 */
  constructor(keyring: Keyring, threads = Math.min(mostThreads, Math.max(1, availableParallelism() - 1))) {
    const file = require.resolve('./encryption-worker');
    const key = keyring.serialize({ inline: true }).reveal();
    this.#threads = Array.from({ length: threads }, () => new Thread(file, key, 'encrypts'));
  }

  async plan(request: PlanRequest): Promise<Plan> {
    const thread = this.#threads[this.#next++ % this.#threads.length];
    if (thread === undefined) {
      throw new RangeError('there is no thread to encrypt in, allowed: at least 1');
    }
    return await thread.ask({ ...request, rows: request.rows.map(plainRow) });
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#threads.map(async (thread) => {
        await thread.close();
      }),
    );
  }
}

/** Only what can be sent to a thread; a value that is not text is malformed, whatever it is. */
function plainRow({ primaryKey, values }: PlanRequest['rows'][number]): PlanRequest['rows'][number] {
  return {
    primaryKey,
    values: values.map((value) => (typeof value === 'string' || value === null || value === undefined ? value : false)),
  };
}
