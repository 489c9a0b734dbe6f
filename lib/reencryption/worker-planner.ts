import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Keyring } from '../encryption/keyring';
import type { Plan, Planner, PlanRequest } from './planner';

interface Pending {
  readonly resolve: (plan: Plan) => void;
  readonly reject: (error: Error) => void;
}

/** A database is busy before more threads than this are. */
const mostThreads = 4;

/** Encrypts in threads, so that this one has time for the databases: encryption takes longer than everything else here. */
export class WorkerPlanner implements Planner {
  readonly #threads: readonly Thread[];
  #next = 0;

  /** @param threads @default - one a processor, without the one of this thread; at most 4 */
  constructor(keyring: Keyring, threads = Math.min(mostThreads, Math.max(1, availableParallelism() - 1))) {
    this.#threads = Array.from({ length: threads }, () => new Thread(keyring));
  }

  async plan(request: PlanRequest): Promise<Plan> {
    const thread = this.#threads[this.#next++ % this.#threads.length];
    if (thread === undefined) {
      throw new RangeError('there is no thread to encrypt in, allowed: at least 1');
    }
    return await thread.plan(request);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#threads.map(async (thread) => {
        await thread.close();
      }),
    );
  }
}

class Thread {
  readonly #worker: Worker;
  readonly #pending: Pending[] = [];
  #failure: Error | undefined;

  constructor(keyring: Keyring) {
    const file = require.resolve('./encryption-worker');
    this.#worker = new Worker(file, {
      workerData: keyring.serialize({ inline: true }).reveal(),
      // Run from its sources, as tests do.
      ...(file.endsWith('.ts') ? { execArgv: ['--require', require.resolve('tsx/cjs')] } : {}),
    });
    this.#worker.on('message', (plan: Plan) => {
      this.#pending.shift()?.resolve(plan);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', () => {
      this.#fail(new Error('the thread that encrypts has ended'));
    });
  }

  async plan(request: PlanRequest): Promise<Plan> {
    if (this.#failure) {
      throw this.#failure;
    }
    return await new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#worker.postMessage({ ...request, rows: request.rows.map(plainRow) });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#pending.splice(0).forEach(({ reject }) => {
      reject(error);
    });
  }
}

/** Only what can be sent to a thread; a value that is not text is malformed, whatever it is. */
function plainRow({ primaryKey, values }: PlanRequest['rows'][number]): PlanRequest['rows'][number] {
  return {
    primaryKey,
    values: values.map((value) => (typeof value === 'string' || value === null || value === undefined ? value : false)),
  };
}
