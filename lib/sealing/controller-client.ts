import { setTimeout } from 'node:timers/promises';
import { fetch } from 'undici';
import { z } from 'zod';
import { reasonOf } from '../error-reason';
import { type KubernetesClient, KubernetesError } from '../kubernetes/client';
import { parseJson } from '../plain-data';
import type { SealedSecretObject } from './sealed-secret';

/** The Sealed Secrets controller's answer was an error, or there was none. */
export class ControllerError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when it could not be reached. */
    readonly status: number,
  ) {
    super(message);
    this.name = 'ControllerError';
  }
}

/** Where the controller's Service is: the defaults of `kubeseal`. */
export interface ControllerService {
  /** @default 'kube-system' */
  readonly namespace?: string;
  /** @default 'sealed-secrets-controller' */
  readonly name?: string;
}

type Send = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<string>;

const rotated = z.object({ spec: z.object({ encryptedData: z.record(z.string(), z.string()) }) });

/** The controller takes two requests a second on these two paths (`--rate-limit`). */
const tooManyRequests = 429;
const patience = { attempts: 60, pauseMs: 500 };

/** The HTTP interface of the Sealed Secrets controller (`pkg/controller/server.go` of bitnami/sealed-secrets). */
export class SealedSecretsControllerClient {
  private constructor(private readonly send: Send) {}

  /** By its address, for example a forwarded port: `http://127.0.0.1:8080`. */
  static at(address: string): SealedSecretsControllerClient {
    return new SealedSecretsControllerClient(async (method, path, body) => await request(address, method, path, body));
  }

  /** Through the API server's proxy, as `kubeseal` goes. */
  static async through(
    client: KubernetesClient,
    service: ControllerService = {},
  ): Promise<SealedSecretsControllerClient> {
    const { namespace = 'kube-system', name = 'sealed-secrets-controller' } = service;
    const found = await client.get('v1', 'Service', name, namespace);
    if (!found) {
      throw new ControllerError(`there is no Service ${namespace}/${name} of the Sealed Secrets controller`, 404);
    }
    const { ports } = found.spec as { readonly ports?: readonly { readonly name?: string }[] };
    const proxy = `/api/v1/namespaces/${namespace}/services/http:${name}:${ports?.[0]?.name ?? ''}/proxy`;
    return new SealedSecretsControllerClient(async (method, path, body) => {
      const answer = await client.request<unknown>(method, `${proxy}${path}`, body);
      return typeof answer === 'string' ? answer : JSON.stringify(answer);
    });
  }

  /** PEM certificate of the newest key. */
  async certificate(): Promise<string> {
    return await this.send('GET', '/v1/cert.pem');
  }

  /** Seals the values of an object again, for the newest key, and gives nothing else of the answer. */
  async rotate(object: SealedSecretObject): Promise<Record<string, string>> {
    const answer = await this.patiently(async () => await this.send('POST', '/v1/rotate', object));
    const parsed = rotated.safeParse(parseJson(answer));
    if (!parsed.success) {
      throw new ControllerError('the Sealed Secrets controller answered /v1/rotate with something else', 200);
    }
    return parsed.data.spec.encryptedData;
  }

  /** Whether the controller can open every value of an object. */
  async verify(object: SealedSecretObject): Promise<boolean> {
    try {
      await this.patiently(async () => await this.send('POST', '/v1/verify', object));
      return true;
    } catch (error) {
      if (statusOf(error) === 409) {
        return false;
      }
      throw error;
    }
  }

  private async patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (statusOf(error) !== tooManyRequests || attempt === patience.attempts) {
          throw error;
        }
        await setTimeout(patience.pauseMs);
      }
    }
  }
}

async function request(address: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> {
  let response;
  try {
    response = await fetch(`${address.replace(/\/$/, '')}${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new ControllerError(`the Sealed Secrets controller at ${address} cannot be reached: ${reasonOf(error)}`, 0);
  }
  const text = await response.text();
  if (!response.ok) {
    throw new ControllerError(
      `the Sealed Secrets controller refused ${method} ${path} (${response.status})`,
      response.status,
    );
  }
  return text;
}

function statusOf(error: unknown): number {
  return error instanceof ControllerError || error instanceof KubernetesError ? error.status : -1;
}
