import type { FakeEngine, FakeResponse } from './fake-vault';

interface Version {
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  deletedAt: string;
}

interface Write {
  readonly options?: { readonly cas?: number };
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * A KV version 2 mount in memory that keeps to check-and-set. `test/support/kv-contract.ts` asks it and a real Vault the
 * same questions.
 */
export class FakeKv {
  readonly #paths = new Map<string, Version[]>();
  /** Runs before each request; what it gives is the answer. */
  intercept: ((method: string, path: string, body: unknown) => FakeResponse | undefined) | undefined;

  constructor(private readonly mount = 'secret') {}

  readonly engine: FakeEngine = (method, url, body) => {
    const { pathname, searchParams } = new URL(url, 'http://vault');
    const [, kind, path = ''] = new RegExp(`^/${this.mount}/(data|subkeys|metadata)/(.+)$`).exec(pathname) ?? [];
    const intercepted = this.intercept?.(method, url, body);
    if (intercepted) {
      return intercepted;
    }
    switch (`${method} ${kind ?? ''}`) {
      case 'GET data':
        return this.read(path, Number(searchParams.get('version') ?? 0), (data) => ({ data }));
      case 'GET subkeys':
        return this.read(path, 0, (data) => ({
          subkeys: data && Object.fromEntries(Object.keys(data).map((field) => [field, null])),
        }));
      case 'GET metadata':
        return this.metadata(path);
      case 'POST data':
        return this.write(path, body as Write, ({ data }) => data);
      case 'PATCH data':
        return this.patch(path, body as Write);
      case 'DELETE data':
        return this.deleteCurrent(path);
      default:
        return undefined;
    }
  };

  /** The fields of the current version. */
  current(path: string): Readonly<Record<string, unknown>> | undefined {
    return this.#paths.get(path)?.at(-1)?.data;
  }

  private read(path: string, wanted: number, shape: (data: unknown) => object): FakeResponse {
    const versions = this.#paths.get(path) ?? [];
    const number = wanted === 0 ? versions.length : wanted;
    const version = versions[number - 1];
    if (!version) {
      return { status: 404, body: { errors: [] } };
    }
    const deleted = version.deletedAt !== '';
    const metadata = {
      version: number,
      created_time: version.createdAt,
      deletion_time: version.deletedAt,
      destroyed: false,
    };
    const body = { data: { ...shape(deleted ? null : version.data), metadata } };
    return { status: deleted ? 404 : 200, body };
  }

  private metadata(path: string): FakeResponse {
    const versions = this.#paths.get(path);
    if (!versions) {
      return { status: 404, body: { errors: [] } };
    }
    const entries = versions.map(({ createdAt, deletedAt }, index) => [
      String(index + 1),
      { created_time: createdAt, deletion_time: deletedAt, destroyed: false },
    ]);
    const created_time = versions[0]?.createdAt;
    return {
      status: 200,
      body: {
        data: { created_time, current_version: versions.length, versions: Object.fromEntries(entries) as object },
      },
    };
  }

  private write(path: string, body: Write, next: (body: Write) => Version['data']): FakeResponse {
    const versions = this.#paths.get(path) ?? [];
    const { cas } = body.options ?? {};
    if (cas !== undefined && cas !== versions.length) {
      return {
        status: 400,
        body: { errors: ['check-and-set parameter did not match the current version'] },
      };
    }
    versions.push({ data: next(body), createdAt: new Date().toISOString(), deletedAt: '' });
    this.#paths.set(path, versions);
    return { status: 200, body: { data: { version: versions.length } } };
  }

  private patch(path: string, body: Write): FakeResponse {
    const current = this.#paths.get(path)?.at(-1);
    if (current?.deletedAt !== '') {
      return { status: 404, body: { errors: [] } };
    }
    return this.write(path, body, ({ data }) => ({ ...current.data, ...data }));
  }

  private deleteCurrent(path: string): FakeResponse {
    const current = this.#paths.get(path)?.at(-1);
    if (current) {
      current.deletedAt = new Date().toISOString();
    }
    return { status: 204, body: {} };
  }
}
