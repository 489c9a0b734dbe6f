import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Agent, fetch } from 'undici';
import type { Platform } from '../../../lib/embedded';

/** A write that passes the gate, counted from 1, before Vault has it or after. */
export type GatePoint = `${'before' | 'after'} ${number}`;

/**
 * Stands between a program and Vault, so that a test can end the program at an exact point. The mount `secret` leads to
 * another one.
 */
export class VaultGate {
  readonly #server: Server;
  readonly #agent: Agent;
  #writes = 0;
  #closed = false;
  #stop: { readonly point: GatePoint; readonly end: () => void } | undefined;

  private constructor(
    private readonly platform: Platform,
    private readonly mount: string,
  ) {
    this.#agent = new Agent({ connect: { ca: readFileSync(platform.vaultCaCertPath, 'utf8') } });
    this.#server = createServer((request, response) => void this.pass(request, response));
  }

  static async start(platform: Platform, mount: string): Promise<VaultGate> {
    const gate = new VaultGate(platform, mount);
    await new Promise<void>((resolve) => gate.#server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Counts anew, and calls `end` at the point; from then on nothing passes. */
  stopAt(point: GatePoint, end: () => void): void {
    this.#writes = 0;
    this.#closed = false;
    this.#stop = { point, end };
  }

  /** Lets everything pass. */
  open(): void {
    this.#stop = undefined;
    this.#closed = false;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#agent.close();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '' } = request;
    const isWrite = method !== 'GET';
    const number = isWrite ? ++this.#writes : 0;
    const body = await text(request);
    if (this.reaches(isWrite, `before ${number}`)) {
      response.destroy();
      return;
    }
    const answer = await fetch(this.platform.vaultAddress + url.replace('/v1/secret/', `/v1/${this.mount}/`), {
      method,
      dispatcher: this.#agent,
      headers: {
        'X-Vault-Token': String(request.headers['x-vault-token']),
        'X-Vault-Request': 'true',
        'Content-Type': request.headers['content-type'] ?? 'application/json',
      },
      ...(isWrite ? { body } : {}),
    });
    const content = await answer.text();
    if (this.reaches(isWrite, `after ${number}`)) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(content);
  }

  private reaches(isWrite: boolean, point: GatePoint): boolean {
    if (isWrite && this.#stop?.point === point) {
      this.#closed = true;
      this.#stop.end();
    }
    return this.#closed;
  }
}
