import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubernetesClient, type KubernetesObject } from '../../lib/kubernetes/client';

/** Answer to a request: a body, an error status, or a stream that stays open. */
export type Answer = { readonly body: unknown } | { readonly status: number } | { readonly stream: string };

/**
 * The part of an API server that a test needs. A path that it does not know ends the connection, so that the test fails.
 */
export class ApiServer {
  /** Paths that were asked for, in order. */
  readonly requests: string[] = [];
  readonly #streams = new Map<string, Set<ServerResponse>>();
  readonly #server: Server;

  /** @param answers by path, with the query, and method */
  constructor(private readonly answers: (path: string, method: string) => Answer | undefined) {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.requests.push(path);
      this.answer(this.answers(path, request.method ?? ''), response);
    });
  }

  async start(): Promise<KubernetesClient> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return new KubernetesClient({ server: `http://127.0.0.1:${port}` });
  }

  /** Writes a watch event to everybody who follows a stream. */
  send(stream: string, type: string, object: KubernetesObject): void {
    for (const response of this.#streams.get(stream) ?? []) {
      response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }

  /** Breaks the connections of a stream. */
  breakOff(stream: string): void {
    for (const response of this.#streams.get(stream) ?? []) {
      response.destroy();
    }
    this.#streams.delete(stream);
  }

  /** How many follow a stream. */
  followers(stream: string): number {
    return this.#streams.get(stream)?.size ?? 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private answer(answer: Answer | undefined, response: ServerResponse): void {
    if (!answer) {
      response.destroy();
    } else if ('stream' in answer) {
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
      const followers = this.#streams.get(answer.stream) ?? new Set();
      this.#streams.set(answer.stream, followers.add(response));
      response.once('close', () => followers.delete(response));
    } else {
      const status = 'status' in answer ? answer.status : 200;
      const body = 'body' in answer ? answer.body : { kind: 'Status', message: 'refused' };
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    }
  }
}
