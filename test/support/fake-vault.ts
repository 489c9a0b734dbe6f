import { createServer as createPlainServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
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

/** A status and a body, as Vault answers. */
export interface FakeResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A part of Vault that answers by itself; nothing for calls that it does not know. */
export type FakeEngine = (method: string, path: string, body: unknown) => FakeResponse | undefined;

/** Certificate and private key of the server. */
export interface FakeTls {
  readonly cert: string;
  readonly private: string;
}

/** A Vault on loopback that knows a few calls and refuses all others. */
export class FakeVault {
  readonly requests: FakeRequest[] = [];
  readonly #server: Server;

  private constructor(
    private readonly answers: FakeAnswers | FakeEngine,
    private readonly tls?: FakeTls,
  ) {
    const listener: RequestListener = (request, response) => {
      void this.answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      });
    };
    this.#server = tls ? createTlsServer({ cert: tls.cert, key: tls.private }, listener) : createPlainServer(listener);
  }

  /** @param tls @default - without TLS */
  static async start(answers: FakeAnswers | FakeEngine, tls?: FakeTls): Promise<FakeVault> {
    const vault = new FakeVault(answers, tls);
    await new Promise<void>((resolve) => vault.#server.listen(0, '127.0.0.1', resolve));
    return vault;
  }

  get connection(): VaultConnection {
    const { port } = this.#server.address() as AddressInfo;
    return { address: `${this.tls ? 'https' : 'http'}://127.0.0.1:${port}`, token: 'root' };
  }

  /** What was asked, as `METHOD path`. */
  get calls(): string[] {
    return this.requests.map(({ call }) => call);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<FakeResponse> {
    const [method, path] = [request.method ?? '', (request.url ?? '').replace('/v1/', '')];
    const call = `${method} ${path}`;
    const sent = await text(request);
    const body: unknown = sent === '' ? undefined : JSON.parse(sent);
    this.requests.push({ call, token: request.headers['x-vault-token'] as string | undefined, body });
    const unexpected = { status: 500, body: { errors: [`the test does not expect ${call}`] } };
    if (typeof this.answers === 'function') {
      return this.answers(method, path, body) ?? unexpected;
    }
    const answer = this.answers[call];
    if (answer === undefined) {
      return unexpected;
    }
    return typeof answer === 'number'
      ? { status: answer, body: { errors: [] } }
      : { status: 200, body: { data: answer(body) } };
  }
}
