import { setTimeout as sleep } from 'node:timers/promises';
import { type KubernetesClient, KubernetesError, type KubernetesObject } from '../../../kubernetes/client';
import type { PropertyMap } from '../values';
import type { ObjectKind, ObjectName } from './object';

/** How an object is written. */
export interface WriteOptions {
  readonly fieldManager: string;
  /** Whether the API server only says what would be. */
  readonly dryRun: boolean;
}

/** The requests of one kind of object, with unknown and duplicate fields refused. */
export class ObjectApi {
  constructor(
    private readonly client: KubernetesClient,
    private readonly kind: ObjectKind,
    private readonly defaultNamespace: string,
  ) {}

  /** The object as it is; nothing where it, or its whole kind, is gone. */
  async get({ name, namespace }: ObjectName): Promise<KubernetesObject | undefined> {
    const { apiVersion, kind } = this.kind;
    return await this.client.get(apiVersion, kind, name, namespace ?? this.defaultNamespace);
  }

  /** @throws KubernetesError with the reason AlreadyExists where there is such an object */
  async create(object: PropertyMap, name: ObjectName, options: WriteOptions): Promise<KubernetesObject> {
    const path = await this.path(name);
    return await this.client.request('POST', `${path}?${queryOf(options)}`, object);
  }

  /**
   * Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
   * @throws KubernetesError with the fix where another manager owns a field, unless forced
   */
  async apply(
    object: PropertyMap,
    name: ObjectName,
    options: WriteOptions & { readonly force: boolean },
  ): Promise<KubernetesObject> {
    const query = `${queryOf(options)}&force=${String(options.force)}`;
    const path = `${await this.path(name, name.name)}?${query}`;
    try {
      return await this.client.request('PATCH', path, object, 'application/apply-patch+yaml');
    } catch (error) {
      throw explainConflict(error);
    }
  }

  /** JSON patch (https://www.rfc-editor.org/rfc/rfc6902). */
  async patch(name: ObjectName, patch: readonly object[]): Promise<KubernetesObject> {
    return await this.client.request('PATCH', await this.path(name, name.name), patch, 'application/json-patch+json');
  }

  /** Begins the deletion; fine where the object is gone. */
  async delete(name: ObjectName, propagationPolicy: string): Promise<void> {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy };
    await this.client.request('DELETE', await this.path(name, name.name), options);
  }

  private async path({ namespace }: ObjectName, name?: string): Promise<string> {
    const { apiVersion, kind } = this.kind;
    return await this.client.pathOf(apiVersion, kind, name, namespace ?? this.defaultNamespace);
  }
}

function queryOf({ fieldManager, dryRun }: WriteOptions): string {
  const query = { fieldManager, fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) };
  return new URLSearchParams(query).toString();
}

function explainConflict(error: unknown): unknown {
  if (error instanceof KubernetesError && error.reason === 'Conflict') {
    return new KubernetesError(
      `${error.message}; to take the fields from their owner set enablePatchForce on the provider, or the annotation ` +
        `pulumi.com/patchForce: "true" on the object`,
      error.status,
      error.reason,
    );
  }
  return error;
}

/** Whether the API server said 404: the object, its namespace or its kind is not there. */
export function isNotFound(error: unknown): error is KubernetesError {
  return error instanceof KubernetesError && error.status === 404;
}

/** Tries again while a namespace or a definition that was just made is not there yet, as the published plugin does. */
export async function untilFound<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let pause = 250; ; pause *= 2) {
    try {
      return await request();
    } catch (error) {
      if (!isNotFound(error) || pause > 4000) {
        throw error;
      }
      await sleep(pause, undefined, { signal });
    }
  }
}
