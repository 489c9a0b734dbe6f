import { Worker } from 'node:worker_threads';

interface Pending<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that answers each message with one message, in order. */
export class Thread<Request, Answer> {
  readonly #worker: Worker;
  readonly #pending: Pending<Answer>[] = [];
  #failure: Error | undefined;

  /**
   * @param file the module that the thread runs, as `require.resolve` gives it
   * @param workerData what it starts with
   * @param does what it does, for the error that it has ended, as in "encrypts"
   */
  constructor(file: string, workerData: unknown, does: string) {
    this.#worker = new Worker(file, {
      workerData,
      // Run from its sources, as tests do.
      ...(file.endsWith('.ts') ? { execArgv: ['--require', require.resolve('tsx/cjs')] } : {}),
    });
    this.#worker.on('message', (answer: Answer) => {
      this.#pending.shift()?.resolve(answer);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error);
    });
    this.#worker.on('exit', () => {
      this.#fail(new Error(`the thread that ${does} has ended`));
    });
  }

  /** @throws what the thread threw, or an error that it has ended */
  async ask(request: Request): Promise<Answer> {
    if (this.#failure) {
      throw this.#failure;
    }
    return await new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#worker.postMessage(request);
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
