import { setTimeout as delay } from 'node:timers/promises';
import { type KubernetesClient, KubernetesError, type KubernetesObject } from './client';

/** Which objects are followed. */
export interface Following {
  readonly apiVersion: string;
  readonly kind: string;
  /** @default - every namespace */
  readonly namespace?: string;
  /** @default - every object */
  readonly labelSelector?: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject;
}

interface ObjectList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubernetesObject[];
}

const pauseMs = 200;

/**
 * Keeps a copy of objects true, by a list and then a watch
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes), and starts over when
 * the connection breaks or the server has forgotten the version.
 * @param onChange gets all objects after the list and after each change
 * @throws KubernetesError when the API server refuses; it is not asked again then
 */
export async function followObjects(
  kubernetes: KubernetesClient,
  following: Following,
  onChange: (objects: readonly KubernetesObject[]) => void,
): Promise<void> {
  const { apiVersion, kind, namespace, signal } = following;
  const path = await kubernetes.pathOf(apiVersion, kind, undefined, namespace);
  while (!signal.aborted) {
    try {
      await listAndWatch(kubernetes, path, following, onChange);
    } catch (error) {
      if (error instanceof KubernetesError && ![0, 410, 429, 500, 503].includes(error.status)) {
        throw error;
      }
    }
    // Rejects when the signal ends it.
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function listAndWatch(
  kubernetes: KubernetesClient,
  path: string,
  { labelSelector, signal }: Following,
  onChange: (objects: readonly KubernetesObject[]) => void,
): Promise<void> {
  const selector = labelSelector === undefined ? {} : { labelSelector };
  const query = (more: Record<string, string>): string =>
    `${path}?${new URLSearchParams({ ...selector, ...more }).toString()}`;
  const list = await kubernetes.request<ObjectList>('GET', query({}));
  const objects = new Map(list.items.map((object) => [object.metadata.uid, object]));
  onChange([...objects.values()]);

  const { resourceVersion } = list.metadata;
  for await (const line of kubernetes.lines(query({ watch: 'true', resourceVersion }), signal)) {
    const event = JSON.parse(line) as WatchEvent;
    if (event.type === 'ERROR') {
      return;
    }
    if (event.type === 'DELETED') {
      objects.delete(event.object.metadata.uid);
    } else if (event.type !== 'BOOKMARK') {
      objects.set(event.object.metadata.uid, event.object);
    }
    onChange([...objects.values()]);
  }
}
