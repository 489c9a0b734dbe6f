import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { FakeGithubSettings } from './fake-github-settings';

/** An answer of the server. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * GitHub's endpoints for the secrets of one repository or deployment environment, with a real key pair: a value counts as
 * delivered only after its sealed box was opened (https://docs.github.com/en/rest/actions/secrets); and for the settings of
 * the repository.
 */
export class FakeGithub {
  /** `METHOD path` of every request. */
  readonly calls: string[] = [];
  /** Values that were delivered, opened. */
  readonly opened = new Map<string, string>();
  /** What the list shows: name to the time of its last change. */
  readonly stored = new Map<string, string>();
  /** Answers every request with this status. */
  refuseWith: number | undefined;
  /** What GitHub says with it. */
  refusal: { readonly message: string; readonly headers?: Readonly<Record<string, string>> } = { message: 'no' };
  /** Refuses this secret. */
  refusedName: string | undefined;
  /** Settings of the repository. */
  readonly settings = new FakeGithubSettings();
  readonly #server: Server;

  private constructor(
    private readonly repository: string,
    private readonly base: string,
    private readonly token: string,
    private readonly keys: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array },
    private readonly open: (box: Uint8Array) => Uint8Array,
  ) {
    this.#server = createServer((request, response) => {
      void this.answer(request).then(({ status, body, headers }) => {
        response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
        response.end(body === undefined ? '' : JSON.stringify(body));
      });
    });
  }

  /** @param environment deployment environment @default - secrets of the repository */
  static async start(repository: string, token: string, environment?: string): Promise<FakeGithub> {
    const { default: sodium } = await import('libsodium-wrappers');
    await sodium.ready;
    const keys = sodium.crypto_box_keypair();
    const place = environment === undefined ? 'actions' : `environments/${encodeURIComponent(environment)}`;
    const github = new FakeGithub(repository, `/repos/${repository}/${place}/secrets`, token, keys, (box) =>
      sodium.crypto_box_seal_open(box, keys.publicKey, keys.privateKey),
    );
    await new Promise<void>((resolve) => github.#server.listen(0, '127.0.0.1', resolve));
    return github;
  }

  get api(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.api);
    const call = `${request.method ?? ''} ${pathname}`;
    this.calls.push(call);
    const { base } = this;
    if (this.refuseWith !== undefined) {
      const { message, headers } = this.refusal;
      return { status: this.refuseWith, body: { message }, ...(headers && { headers }) };
    }
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return { status: 401, body: { message: 'Bad credentials' } };
    }
    if (request.headers['x-github-api-version'] !== '2022-11-28' || request.headers['user-agent'] === undefined) {
      return { status: 400, body: { message: 'a header is missing' } };
    }
    if (call === `GET /repos/${this.repository}`) {
      return this.settings.show(this.repository);
    }
    if (call === `PATCH /repos/${this.repository}`) {
      return this.settings.change(this.repository, await text(request));
    }
    if (call === `GET ${base}`) {
      return this.page(Number(searchParams.get('per_page') ?? 30), Number(searchParams.get('page') ?? 1));
    }
    if (call === `GET ${base}/public-key`) {
      return { status: 200, body: { key_id: 'key-1', key: Buffer.from(this.keys.publicKey).toString('base64') } };
    }
    const name = new RegExp(`^PUT ${base}/([A-Z_][A-Z0-9_]*)$`).exec(call)?.[1];
    return name === undefined ? { status: 404, body: { message: 'Not Found' } } : this.put(name, await text(request));
  }

  private page(size: number, page: number): Answer {
    const all = [...this.stored].map(([name, updated_at]) => ({ name, created_at: updated_at, updated_at }));
    return { status: 200, body: { total_count: all.length, secrets: all.slice((page - 1) * size, page * size) } };
  }

  private put(name: string, body: string): Answer {
    if (name === this.refusedName) {
      return { status: 422, body: { message: 'Validation Failed' } };
    }
    const { encrypted_value, key_id } = JSON.parse(body) as { encrypted_value?: string; key_id?: string };
    if (key_id !== 'key-1' || encrypted_value === undefined) {
      return { status: 422, body: { message: 'Validation Failed' } };
    }
    try {
      this.opened.set(name, Buffer.from(this.open(Buffer.from(encrypted_value, 'base64'))).toString('utf8'));
    } catch {
      return { status: 422, body: { message: 'Bad Secret' } };
    }
    const isNew = !this.stored.has(name);
    this.stored.set(name, new Date().toISOString());
    return { status: isNew ? 201 : 204, ...(isNew ? { body: {} } : {}) };
  }
}
