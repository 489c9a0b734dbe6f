import { compare } from '../catalog';
import type { KubernetesObject } from '../kubernetes/client';
import { type ExternalNeed, manifestId, ManifestSet } from './manifest-needs';

/** An object and what must be there before it. */
export interface OrderedManifest {
  /** See {@link manifestId}. */
  readonly id: string;
  readonly object: KubernetesObject;
  /** Ids of earlier objects, sorted. */
  readonly needs: readonly string[];
  readonly external: readonly ExternalNeed[];
}

/**
 * Puts objects in an order in which each one works at once, and says what each has to wait for. Needs are read from the
 * objects, and only real ones count: objects without one between them are applied at the same time.
 * The result depends on the objects alone, not on the order in which they were given.
 * @throws Error if two objects are the same one, or need each other
 */
export function orderManifests(objects: readonly KubernetesObject[]): OrderedManifest[] {
  const set = new ManifestSet(objects);
  const manifests = new Map<string, OrderedManifest>();
  for (const object of objects) {
    const id = manifestId(object);
    if (manifests.has(id)) {
      throw new Error(`two objects are ${id}, allowed: one object a kind, namespace and name; remove or rename one`);
    }
    const needs = set.needsOf(object);
    manifests.set(id, { id, object, needs: [...needs.objects].sort(compare), external: needs.external });
  }
  return inOrder(manifests);
}

function inOrder(manifests: ReadonlyMap<string, OrderedManifest>): OrderedManifest[] {
  const done = new Map<string, OrderedManifest>();
  const visit = (id: string, trail: readonly string[]): void => {
    const manifest = manifests.get(id);
    if (!manifest || done.has(id)) {
      return;
    }
    if (trail.includes(id)) {
      throw new Error(`objects need each other: ${[...trail, id].join(' -> ')}; remove one of the references`);
    }
    manifest.needs.forEach((need) => {
      visit(need, [...trail, id]);
    });
    done.set(id, manifest);
  };
  [...manifests.keys()].sort(compare).forEach((id) => {
    visit(id, []);
  });
  return [...done.values()];
}
