import type { Login } from '../../support/login';

/** One process of an application, which logs in with one credential. */
export interface Pod {
  work(): Promise<void>;
  stop(): Promise<void>;
}

interface RunningPod {
  readonly pod: Pod;
  readonly login: Login;
  underWay: Promise<void>;
}

/** Several processes under constant load that are replaced one by one, as a rolling restart does. Every failure counts. */
export class Application {
  readonly failures: string[] = [];
  requests = 0;
  readonly #pods: RunningPod[] = [];
  #load: Promise<void> | undefined;
  #stopping = false;

  constructor(private readonly startPod: (login: Login) => Promise<Pod>) {}

  async start(login: Login, count = 2): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.#pods.push(await this.#start(login));
    }
  }

  /** Works without a pause until {@link stop}. */
  load(): void {
    this.#load = (async () => {
      while (!this.#stopping) {
        await this.work();
      }
    })();
  }

  /** Every process works once. */
  async work(): Promise<void> {
    for (const running of [...this.#pods]) {
      await this.#request(running);
    }
  }

  /** Replaces each process that has another credential: first the new one, then the old one ends its work and goes. */
  async roll(login: Login): Promise<void> {
    for (const [index, old] of this.#pods.entries()) {
      if (old.login.password !== login.password) {
        this.#pods[index] = await this.#start(login);
        await old.underWay;
        await old.pod.stop();
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#load;
    await Promise.all(
      this.#pods.splice(0).map(async ({ pod }) => {
        await pod.stop();
      }),
    );
  }

  async #start(login: Login): Promise<RunningPod> {
    return { pod: await this.startPod(login), login, underWay: Promise.resolve() };
  }

  async #request(running: RunningPod): Promise<void> {
    if (this.#pods.includes(running)) {
      this.requests += 1;
      running.underWay = running.pod.work().catch((error: unknown) => {
        this.failures.push(`${running.login.name}: ${String(error)}`);
      });
      await running.underWay;
    }
  }
}
