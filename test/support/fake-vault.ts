import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { VaultConnection } from '../../lib/vault/client';

/** What the server was asked, in order. */
export interface FakeRequest {
  /** `GET sys/mounts`. */
  readonly call: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

/** An answer by `METHOD path`: the `data` of Vault's answer, or a status for a refusal. Anything else is an error. */
export type FakeAnswers = Readonly<Record<string, ((body: unknown) => unknown) | number>>;

/** A Vault on loopback that knows a few calls and refuses all others. */
export class FakeVault {
  readonly requests: FakeRequest[] = [];
  readonly #server: Server;

  private constructor(private readonly answers: FakeAnswers) {
    this.#server = createServer((request, response) => {
      void this.answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  }

  static async start(answers: FakeAnswers): Promise<FakeVault> {
    const vault = new FakeVault(answers);
    await new Promise<void>((resolve) => vault.#server.listen(0, '127.0.0.1', resolve));
    return vault;
  }

  get connection(): VaultConnection {
    return { address: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`, token: 'root' };
  }

  /** What was asked, as `METHOD path`. */
  get calls(): string[] {
    return this.requests.map(({ call }) => call);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const call = `${request.method ?? ''} ${(request.url ?? '').replace('/v1/', '')}`;
    const sent = await text(request);
    const body: unknown = sent === '' ? undefined : JSON.parse(sent);
    this.requests.push({ call, token: request.headers['x-vault-token'] as string | undefined, body });
    const answer = this.answers[call];
    if (answer === undefined) {
      return { status: 500, body: { errors: [`the test does not expect ${call}`] } };
    }
    return typeof answer === 'number'
      ? { status: answer, body: { errors: [] } }
      : { status: 200, body: { data: answer(body) } };
  }
}
