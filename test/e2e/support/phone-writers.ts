import { randomInt } from 'node:crypto';
import type { Client } from 'pg';
import { FieldCipher, Keyring } from '../../../lib/encryption';
import { phoneOf } from '../../support/users-table';

/** One process of the application: it writes and reads phone numbers with the keys that it started with. */
class Writer {
  cipher: FieldCipher;
  #stopped = false;
  #work: Promise<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly rows: number,
    cipher: FieldCipher,
    private readonly counts: { operations: number; failures: string[] },
  ) {
    this.cipher = cipher;
  }

  start(): void {
    this.#work = this.loop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  private async loop(): Promise<void> {
    while (!this.#stopped) {
      const id = randomInt(this.rows);
      const other = randomInt(this.rows);
      const text = this.cipher.encrypt(`phone ${id}`, phoneOf(id));
      await this.client.query('UPDATE users SET phone = $1 WHERE id = $2', [text, id]);
      await this.read(other);
      await this.read(id);
    }
  }

  private async read(id: number): Promise<void> {
    const { rows } = await this.client.query<{ phone: string }>('SELECT phone FROM users WHERE id = $1', [id]);
    this.counts.operations++;
    try {
      const phone = this.cipher.decrypt(rows[0]?.phone ?? '', phoneOf(id));
      if (phone !== `phone ${id}`) {
        this.counts.failures.push(`row ${id} holds another text`);
      }
    } catch (error) {
      this.counts.failures.push(String(error));
    }
  }
}

/** Several processes of an application on one table, which restart one after the other. */
export class PhoneWriters {
  readonly counts = { operations: 0, failures: [] as string[] };
  readonly #writers: Writer[];

  /** @param load the fields that a process starts with */
  constructor(
    clients: readonly Client[],
    rows: number,
    private readonly load: () => Promise<NodeJS.ProcessEnv>,
    environment: NodeJS.ProcessEnv,
  ) {
    this.#writers = clients.map((client) => new Writer(client, rows, cipherOf(environment), this.counts));
  }

  start(): void {
    this.#writers.forEach((writer) => {
      writer.start();
    });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#writers.map(async (writer) => {
        await writer.stop();
      }),
    );
  }

  /** @param between runs after each restart, while the processes have different keys */
  async restart(between: (index: number) => Promise<unknown>): Promise<void> {
    for (const [index, writer] of this.#writers.entries()) {
      writer.cipher = cipherOf(await this.load());
      await between(index);
    }
  }
}

export function cipherOf(environment: NodeJS.ProcessEnv): FieldCipher {
  const { ENCRYPTION_KEY, ENCRYPTION_KEYRING } = environment;
  return new FieldCipher(Keyring.fromEnvironment({ ENCRYPTION_KEY, ENCRYPTION_KEYRING }));
}
