import { Client } from 'pg';
import type { PostgresqlServer } from '../../support/postgresql';

export interface Login {
  readonly name: string;
  readonly password: string;
}

/** One process of an application: a connection that it keeps, and short ones beside it, all with one credential. */
class Pod {
  #kept: Client | undefined;

  constructor(
    private readonly server: PostgresqlServer,
    private readonly database: string,
    readonly login: Login,
  ) {}

  async start(): Promise<void> {
    this.#kept = await this.connect();
  }

  /** Reads and writes over the kept connection, and logs in anew. */
  async work(): Promise<void> {
    await this.#kept?.query('INSERT INTO orders (item) VALUES ($1)', ['x']);
    const fresh = await this.connect();
    await fresh.query('SELECT count(*) FROM orders');
    await fresh.end();
  }

  async stop(): Promise<void> {
    await this.#kept?.end();
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.server.url(this.database, this.login),
      application_name: 'shop',
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}

/** Several processes under constant load that are replaced one by one, as a rolling restart does. */
export class PostgresqlApplication {
  readonly failures: string[] = [];
  requests = 0;
  #pods: Pod[] = [];
  #load: Promise<void> | undefined;
  #stopping = false;

  constructor(
    private readonly server: PostgresqlServer,
    private readonly database: string,
  ) {}

  async start(login: Login, count = 2): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.#pods.push(await this.#startPod(login));
    }
  }

  /** Works without a pause until {@link stop}. */
  load(): void {
    this.#load = (async () => {
      while (!this.#stopping) {
        for (const pod of [...this.#pods]) {
          await this.request(pod);
        }
      }
    })();
  }

  /** Every process works once. */
  async work(): Promise<void> {
    for (const pod of this.#pods) {
      await this.request(pod);
    }
  }

  /** Replaces each process that has another credential: first the new one, then the old one goes. */
  async roll(login: Login): Promise<void> {
    for (const [index, old] of this.#pods.entries()) {
      if (old.login.password !== login.password) {
        this.#pods[index] = await this.#startPod(login);
        await old.stop();
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#load;
    await Promise.all(
      this.#pods.map(async (pod) => {
        await pod.stop();
      }),
    );
    this.#pods = [];
  }

  async #startPod(login: Login): Promise<Pod> {
    const pod = new Pod(this.server, this.database, login);
    await pod.start();
    return pod;
  }

  private async request(pod: Pod): Promise<void> {
    this.requests += 1;
    try {
      await pod.work();
    } catch (error) {
      // A process that was replaced meanwhile ends what it does first; the test ends it at once.
      if (this.#pods.includes(pod)) {
        this.failures.push(`${pod.login.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
