import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What a client got for one request. */
export interface Answer {
  /** HTTP status; 0 where there was none. */
  readonly status: number;
  readonly body: string;
}

/** One request of the schedule. */
export interface LoadRequest {
  /** For the record: `new token at shop-api`. */
  readonly kind: string;
  send(): Promise<Answer>;
}

/** A request that did not get what it should. */
export interface Failure {
  readonly kind: string;
  /** Milliseconds since the load began. */
  readonly at: number;
  readonly status: number;
  readonly body: string;
}

/**
 * Sends requests at fixed times, however long the answers take, so that a service that stands still does not get fewer
 * of them (https://www.usenix.org/conference/nsdi-06/open-versus-closed-cautionary-tale). Every answer counts.
 */
export class OpenLoad {
  readonly failures: Failure[] = [];
  /** How many were answered as they should, by kind. */
  readonly answered = new Map<string, number>();
  readonly #end = new AbortController();
  readonly #open = new Set<Promise<void>>();
  readonly #running: Promise<void>;

  private constructor(
    private readonly perSecond: number,
    private readonly next: (index: number) => LoadRequest,
  ) {
    this.#running = this.#run();
  }

  /** @param next the request for each place of the schedule */
  static start(perSecond: number, next: (index: number) => LoadRequest): OpenLoad {
    return new OpenLoad(perSecond, next);
  }

  /** Sends no more, and waits for what is on its way. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
    await Promise.all(this.#open);
  }

  get sent(): number {
    return this.failures.length + [...this.answered.values()].reduce((sum, count) => sum + count, 0);
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    const start = performance.now();
    for (let index = 0; !signal.aborted;) {
      const due = Math.floor(((performance.now() - start) / 1000) * this.perSecond);
      for (; index <= due; index++) {
        const one = this.#send(this.next(index), start).finally(() => this.#open.delete(one));
        this.#open.add(one);
      }
      await delay(2);
    }
  }

  async #send(planned: LoadRequest, start: number): Promise<void> {
    const { status, body } = await planned.send();
    if (status === 200) {
      this.answered.set(planned.kind, (this.answered.get(planned.kind) ?? 0) + 1);
    } else {
      this.failures.push({ kind: planned.kind, at: Math.round(performance.now() - start), status, body });
    }
  }
}

/** One request on a connection of its own, as a new client makes one; nothing is tried twice. */
export async function getOnce(address: string, path: string, token?: string): Promise<Answer> {
  return await new Promise((resolve) => {
    const failed = (error: Error): void => {
      resolve({ status: 0, body: error.message });
    };
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    request(`http://${address}${path}`, { agent: false, headers, timeout: 15_000 }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('error', failed);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    })
      .once('error', failed)
      .once('timeout', function (this: { destroy(error: Error): void }) {
        this.destroy(new Error('no answer within 15 s'));
      })
      .end();
  });
}
