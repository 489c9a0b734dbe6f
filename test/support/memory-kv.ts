import { type VaultAnswer, VaultError } from '../../lib/vault/client';
import { KvEngine } from '../../lib/vault/kv';

/** What throws in one of them is a crash without, or with, the effect of the write. */
interface WriteHooks {
  before(): void;
  after(): void;
}

type Fields = Readonly<Record<string, string>>;

/**
 * A KV version 2 engine in memory, behind the interface of the HTTP client: versions, patches, check-and-set. It refuses
 * every path that it was not given.
 */
export class MemoryKv {
  readonly engine: KvEngine;
  readonly #versions = new Map<string, Fields[]>();

  constructor(
    secrets: Readonly<Record<string, Fields>>,
    private readonly kill?: WriteHooks,
  ) {
    for (const [path, data] of Object.entries(secrets)) {
      this.#versions.set(path, [data]);
    }
    const client = {
      read: (path: string) => Promise.resolve(this.#read(path)),
      readAnyStatus: (path: string) => Promise.resolve(this.#read(path)),
      patch: (path: string, body: unknown) => Promise.resolve(this.#patch(path, body as PatchBody)),
    };
    this.engine = new KvEngine(client as unknown as KvEngine['client'], 'secret');
  }

  /** What Vault holds now. */
  current(path: string): Fields {
    return this.#of(path).at(-1) ?? {};
  }

  /** A write by somebody else. */
  write(path: string, data: Fields): void {
    this.#of(path).push({ ...this.current(path), ...data });
  }

  versions(path: string): readonly Fields[] {
    return this.#of(path);
  }

  #of(path: string): Fields[] {
    const versions = this.#versions.get(path);
    if (!versions) {
      throw new Error(`the test does not expect the path ${path}`);
    }
    return versions;
  }

  #read(request: string): unknown {
    const [, kind = '', path = '', query = ''] = /^secret\/(data|subkeys)\/([^?]+)(?:\?(.*))?$/.exec(request) ?? [];
    const versions = this.#of(path);
    const version = Number(new URLSearchParams(query).get('version') ?? versions.length);
    const data = versions[version - 1];
    const metadata = { version, deletion_time: '', destroyed: false };
    return data && (kind === 'data' ? { data, metadata } : { subkeys: data, metadata });
  }

  #patch(request: string, { options, data }: PatchBody): VaultAnswer<{ version: number }> {
    this.kill?.before();
    const path = request.replace(/^secret\/data\//, '');
    const versions = this.#of(path);
    if (options.cas !== versions.length) {
      const words = 'check-and-set parameter did not match the current version';
      throw new VaultError(words, 400, [words]);
    }
    this.write(path, data);
    this.kill?.after();
    return { data: { version: versions.length } };
  }
}

interface PatchBody {
  readonly options: { readonly cas: number };
  readonly data: Fields;
}
