import { type VaultClient, VaultError } from './client';

/** What a KV version 2 path holds, without any value. */
export interface KvState {
  /** Current version; 0 where nothing was ever written. */
  readonly version: number;
  /** Names of the fields of the current version. */
  readonly fields: readonly string[];
  /** Whether the current version was deleted, so that its fields cannot be read. */
  readonly deleted: boolean;
}

/** When a path and its versions were made, without any value. */
export interface KvMetadata {
  /** When the first version was written, also where Vault has let go of it since. */
  readonly createdAt: Date;
  /** Versions that Vault still lists, oldest first. */
  readonly versions: readonly KvVersion[];
}

/** One version of a path. */
export interface KvVersion {
  readonly version: number;
  readonly createdAt: Date;
  /** Whether it was deleted or destroyed, so that it cannot be read. */
  readonly deleted: boolean;
}

/** Fields of one version, with their values. */
export interface KvData {
  readonly version: number;
  readonly data: Readonly<Record<string, string>>;
}

/** Somebody else wrote between our read and our write. */
export class CheckAndSetError extends Error {
  constructor(path: string) {
    super(`${path} was changed by somebody else meanwhile`);
    this.name = 'CheckAndSetError';
  }
}

interface SubkeysAnswer {
  readonly data: {
    readonly subkeys: Readonly<Record<string, unknown>> | null;
    readonly metadata: { readonly version: number; readonly deletion_time: string; readonly destroyed: boolean };
  };
}

interface MetadataAnswer {
  readonly created_time: string;
  readonly versions: Readonly<
    Record<string, { readonly created_time: string; readonly deletion_time: string; readonly destroyed: boolean }>
  > | null;
}

/**
 * One mount of the KV version 2 engine (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2).
 * It looks at names through `subkeys`, which holds no value, and writes with check-and-set only.
 */
export class KvEngine {
  constructor(
    readonly client: VaultClient,
    readonly mount: string,
  ) {}

  /** Version and field names of a path. */
  async state(path: string): Promise<KvState> {
    const answer = await this.client.readAnyStatus<SubkeysAnswer['data']>(`${this.mount}/subkeys/${path}?depth=1`);
    if (!answer) {
      return { version: 0, fields: [], deleted: false };
    }
    const { subkeys, metadata } = answer;
    return {
      version: metadata.version,
      fields: Object.keys(subkeys ?? {}),
      deleted: metadata.deletion_time !== '' || metadata.destroyed,
    };
  }

  /** The fields of the current version; nothing where there is none. */
  async read(path: string): Promise<KvData | undefined> {
    return await this.readData(`${this.mount}/data/${path}`);
  }

  /** The fields of one version; nothing where it was deleted, destroyed, let go of, or never written. */
  async readVersion(path: string, version: number): Promise<KvData | undefined> {
    return await this.readData(`${this.mount}/data/${path}?version=${version}`);
  }

  /** When a path and its versions were made; nothing where there is none. */
  async metadata(path: string): Promise<KvMetadata | undefined> {
    const answer = await this.client.read<MetadataAnswer>(`${this.mount}/metadata/${path}`);
    return answer
      ? {
          createdAt: new Date(answer.created_time),
          versions: Object.entries(answer.versions ?? {})
            .map(([version, { created_time, deletion_time, destroyed }]) => ({
              version: Number(version),
              createdAt: new Date(created_time),
              deleted: deletion_time !== '' || destroyed,
            }))
            .sort((a, b) => a.version - b.version),
        }
      : undefined;
  }

  /**
   * A path that holds one document and no secret, with the version that {@link writeDocument} wants: 0 where nothing
   * was ever written. A deleted document is none, and keeps its version.
   */
  async readDocument(path: string): Promise<{ readonly version: number; readonly document: unknown }> {
    const answer = await this.client.readAnyStatus<{
      data: Record<string, unknown> | null;
      metadata: { version: number };
    }>(`${this.mount}/data/${path}`);
    return { version: answer?.metadata.version ?? 0, document: answer?.data ?? undefined };
  }

  /**
   * Replaces a document.
   * @param version the version that the caller looked at
   * @throws CheckAndSetError if there is a newer one
   */
  async writeDocument(path: string, version: number, document: object): Promise<number> {
    return await this.checkAndSet(path, () =>
      this.client.write<{ version: number }>(`${this.mount}/data/${path}`, {
        options: { cas: version },
        data: document,
      }),
    );
  }

  /**
   * First version of a path.
   * @throws CheckAndSetError if it exists already
   */
  async create(path: string, data: Readonly<Record<string, string>>): Promise<number> {
    return await this.checkAndSet(path, () =>
      this.client.write<{ version: number }>(`${this.mount}/data/${path}`, { options: { cas: 0 }, data }),
    );
  }

  /**
   * Sets some fields and keeps the others.
   * @param version the version that the caller looked at
   * @throws CheckAndSetError if there is a newer one
   */
  async patch(path: string, version: number, data: Readonly<Record<string, string>>): Promise<number> {
    return await this.checkAndSet(path, () =>
      this.client.patch<{ version: number }>(`${this.mount}/data/${path}`, { options: { cas: version }, data }),
    );
  }

  private async readData(path: string): Promise<KvData | undefined> {
    const answer = await this.client.read<{ data: Record<string, string>; metadata: { version: number } }>(path);
    return answer ? { version: answer.metadata.version, data: answer.data } : undefined;
  }

  private async checkAndSet(path: string, write: () => Promise<{ data: { version: number } }>): Promise<number> {
    try {
      return (await write()).data.version;
    } catch (error) {
      if (error instanceof VaultError && error.errors.some((text) => text.includes('check-and-set'))) {
        throw new CheckAndSetError(path);
      }
      throw error;
    }
  }
}
