import { readFile } from 'node:fs/promises';
import { Agent, fetch, type Response } from 'undici';
import { reasonOf } from '../error-reason';
import { mapOf, parseJson } from '../plain-data';
import type { KubernetesConnection } from './connection';

/** A Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** The API server's answer was an error, or there was none. */
export class KubernetesError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when the API server could not be reached. */
    readonly status: number,
    /** `reason` of the Status object, such as `AlreadyExists`. */
    readonly reason = '',
  ) {
    super(message);
    this.name = 'KubernetesError';
  }
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface SendOptions {
  readonly method: string;
  readonly signal: AbortSignal;
  readonly body?: string;
  readonly contentType?: string;
}

/** The part of the Kubernetes API that is used here, by discovery, for every kind. */
export class KubernetesClient {
  readonly #dispatcher: Agent;
  readonly #resources = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(readonly connection: KubernetesConnection) {
    const { caCert, clientCert, clientKey } = connection;
    this.#dispatcher = new Agent({
      connect: {
        ...(caCert ? { ca: caCert } : {}),
        ...(clientCert ? { cert: clientCert } : {}),
        ...(clientKey ? { key: clientKey } : {}),
      },
    });
  }

  /** One object; nothing where there is none. */
  async get(apiVersion: string, kind: string, name: string, namespace?: string): Promise<KubernetesObject | undefined> {
    try {
      return await this.request<KubernetesObject>('GET', await this.pathOf(apiVersion, kind, name, namespace));
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /** All objects of a kind, or those that a label selector finds, in one namespace or in all. */
  async list(
    apiVersion: string,
    kind: string,
    namespace?: string,
    labelSelector?: string,
  ): Promise<KubernetesObject[]> {
    const path = await this.pathOf(apiVersion, kind, undefined, namespace);
    const query = labelSelector === undefined ? '' : `?${new URLSearchParams({ labelSelector }).toString()}`;
    const { items } = await this.request<{ items: Omit<KubernetesObject, 'apiVersion' | 'kind'>[] }>(
      'GET',
      `${path}${query}`,
    );
    return items.map((item) => ({ ...item, apiVersion, kind }) as KubernetesObject);
  }

  /** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */
  async apply(object: KubernetesObject, fieldManager: string, force = true): Promise<KubernetesObject> {
    const path = await this.pathOf(object.apiVersion, object.kind, object.metadata.name, object.metadata.namespace);
    const query = new URLSearchParams({ fieldManager, force: String(force) }).toString();
    return await this.request('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml');
  }

  /** JSON merge patch of one object. */
  async patch(
    object: Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>,
    patch: unknown,
  ): Promise<KubernetesObject> {
    const path = await this.pathOf(object.apiVersion, object.kind, object.metadata.name, object.metadata.namespace);
    return await this.request('PATCH', path, patch, 'application/merge-patch+json');
  }

  /** Deletes an object and what it owns; fine where there is none. */
  async delete(apiVersion: string, kind: string, name: string, namespace?: string): Promise<void> {
    try {
      const path = await this.pathOf(apiVersion, kind, name, namespace);
      await this.request('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' });
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 404)) {
        throw error;
      }
    }
  }

  /** Path of a kind's collection or of one object. Namespaced kinds without a namespace are listed in all. */
  async pathOf(apiVersion: string, kind: string, name?: string, namespace?: string): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resource = (await this.resourcesOf(base)).find((candidate) => candidate.kind === kind);
    if (!resource) {
      this.#resources.delete(base);
      throw new KubernetesError(`the cluster has no kind ${kind} in ${apiVersion}; is its operator installed?`, 404);
    }
    const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
    return `${base}${scope}/${resource.name}${name === undefined ? '' : `/${name}`}`;
  }

  private async resourcesOf(base: string): Promise<readonly ApiResource[]> {
    let found = this.#resources.get(base);
    if (!found) {
      found = this.request<{ resources: ApiResource[] }>('GET', base).then(({ resources }) =>
        resources.filter(({ name }) => !name.includes('/')),
      );
      this.#resources.set(base, found);
      found.catch(() => this.#resources.delete(base));
    }
    return await found;
  }

  /**
   * @throws KubernetesError with the API server's words on a refusal, and with status 0 when there is no answer
   */
  async request<T>(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
    const response = await this.send(path, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body), contentType }),
    });
    const text = await response.text().catch((error: unknown) => {
      throw new KubernetesError(`kubernetes at ${this.connection.server} broke off: ${reasonOf(error)}`, 0);
    });
    return (contentTypeOf(response.headers.get('content-type')) === 'application/json' ? JSON.parse(text) : text) as T;
  }

  /**
   * The lines of an answer that goes on, such as a watch, until the API server or the signal ends it.
   * @throws KubernetesError as {@link request}, and when the connection breaks
   */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const { body } = await this.send(path, { method: 'GET', signal });
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of body ?? []) {
        const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    } catch (error) {
      throw new KubernetesError(`kubernetes at ${this.connection.server} broke off: ${reasonOf(error)}`, 0);
    }
  }

  private async send(path: string, options: SendOptions): Promise<Response> {
    const { server } = this.connection;
    const { contentType, ...init } = options;
    let response;
    try {
      const token = await this.token();
      response = await fetch(`${server}${path}`, {
        ...init,
        dispatcher: this.#dispatcher,
        headers: {
          Accept: 'application/json',
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
        },
      });
    } catch (error) {
      throw new KubernetesError(`kubernetes at ${server} cannot be reached: ${reasonOf(error)}`, 0);
    }
    if (!response.ok) {
      const text = await response.text();
      const status = mapOf(parseJson(text)) as { message?: string; reason?: string };
      const message = status.message ?? firstLine(text, response.statusText);
      throw new KubernetesError(
        `kubernetes refused ${options.method} ${path} (${response.status}): ${message}`,
        response.status,
        status.reason,
      );
    }
    return response;
  }

  private async token(): Promise<string | undefined> {
    const { token, tokenFile } = this.connection;
    return token ?? (tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim());
  }

  /** Lets go of the connections. */
  async close(): Promise<void> {
    await this.#dispatcher.close();
  }
}

function firstLine(text: string, fallback: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line === '' ? fallback : line;
}

function contentTypeOf(header: string | null): string {
  return header?.split(';')[0]?.trim() ?? '';
}
