import { Agent, fetch } from 'undici';
import { reasonOf } from '../error-reason';
import { mapOf, parseJson } from '../plain-data';

/** Where Vault is and who asks. */
export interface VaultConnection {
  /** `https://host:port`. */
  readonly address: string;
  /** @default - no token, for logins and health */
  readonly token?: string;
  /** Gives a token that is valid now, and goes before {@link token}. @default - the same token all the time */
  readonly login?: (() => Promise<string>) | undefined;
  /** PEM certificate authority. @default - those that Node trusts */
  readonly caCert?: string;
  /** Namespace of Vault Enterprise. @default - root */
  readonly namespace?: string;
  /** @default 10_000 */
  readonly timeoutMs?: number;
}

/** Vault's answer was an error, or there was none. */
export class VaultError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when Vault could not be reached. */
    readonly status: number,
    /** Vault's own words. */
    readonly errors: readonly string[] = [],
    /** What came with the error, as for a deleted version. */
    readonly data?: unknown,
  ) {
    super(message);
    this.name = 'VaultError';
  }
}

/** The part of Vault's answers that is used here. */
export interface VaultAnswer<T = Record<string, unknown>> {
  readonly data: T;
  readonly auth?: {
    readonly client_token: string;
    readonly accessor: string;
    readonly policies: readonly string[];
    /** Seconds. */
    readonly lease_duration: number;
  };
  readonly warnings?: readonly string[] | null;
}

/**
 * Vault's HTTP interface (https://developer.hashicorp.com/vault/api-docs): paths without `/v1/`.
 * Values travel in bodies only, never in paths or messages.
 */
export class VaultClient {
  readonly #dispatcher: Agent;

  constructor(readonly connection: VaultConnection) {
    this.#dispatcher = new Agent({ connect: { ...(connection.caCert ? { ca: connection.caCert } : {}) } });
  }

  /** The same server with another token. */
  withToken(token: string): VaultClient {
    return new VaultClient({ ...this.connection, login: undefined, token });
  }

  /** Reads a path; nothing where there is nothing. */
  async read<T = Record<string, unknown>>(path: string): Promise<T | undefined> {
    try {
      return (await this.request<T>('GET', path)).data;
    } catch (error) {
      if (error instanceof VaultError && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /**
   * Like {@link read}, also where Vault answers 404 with data, as it does for a deleted version.
   */
  async readAnyStatus<T = Record<string, unknown>>(path: string): Promise<T | undefined> {
    try {
      return (await this.request<T>('GET', path)).data;
    } catch (error) {
      if (error instanceof VaultError && error.status === 404) {
        return error.data as T | undefined;
      }
      throw error;
    }
  }

  /** Names below a path; none where there is nothing. */
  async list(path: string): Promise<string[]> {
    return (await this.read<{ keys: string[] }>(`${path}?list=true`))?.keys ?? [];
  }

  async write<T = Record<string, unknown>>(path: string, body: unknown = {}): Promise<VaultAnswer<T>> {
    return await this.request<T>('POST', path, body);
  }

  /** JSON merge patch, for example of one field of a KV secret. */
  async patch<T = Record<string, unknown>>(path: string, body: unknown): Promise<VaultAnswer<T>> {
    return await this.request<T>('PATCH', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.request('DELETE', path);
  }

  /**
   * @throws VaultError with Vault's words on a refusal, and with status 0 when there is no answer
   */
  async request<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<VaultAnswer<T>> {
    const { address, namespace, timeoutMs = 10_000 } = this.connection;
    const token = (await this.connection.login?.()) ?? this.connection.token;
    let response;
    let text;
    try {
      response = await fetch(`${address}/v1/${path}`, {
        method,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'X-Vault-Request': 'true',
          ...(token ? { 'X-Vault-Token': token } : {}),
          ...(namespace ? { 'X-Vault-Namespace': namespace } : {}),
          ...(body === undefined
            ? {}
            : { 'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (error) {
      throw new VaultError(`vault at ${address} cannot be reached: ${reasonOf(error)}`, 0);
    }
    if (!response.ok) {
      const errors = errorsOf(text);
      const reason = errors.length > 0 ? errors.join('; ') : response.statusText || 'no reason given';
      const words = `vault refused ${method} ${path} (${response.status}): ${reason}`;
      throw new VaultError(words, response.status, errors, mapOf(parseJson(text)).data);
    }
    return (text === '' ? { data: {} } : JSON.parse(text)) as VaultAnswer<T>;
  }

  /** Lets go of the connections. */
  async close(): Promise<void> {
    await this.#dispatcher.close();
  }
}

function errorsOf(text: string): string[] {
  const { errors } = mapOf(parseJson(text));
  return Array.isArray(errors) ? errors.map((error) => String(error).trim().replace(/\s+/g, ' ')) : [];
}
