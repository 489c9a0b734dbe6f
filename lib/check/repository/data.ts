import type { ObjectPath } from './model';

/** Manifests are read as people wrote them, so any part may have any shape: what does not fit counts as absent. */

/** A map, or an empty one. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A list, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The part that a path leads to. */
export function partOf(value: unknown, path: ObjectPath): unknown {
  let part = value;
  for (const step of path) {
    part = typeof step === 'number' ? listOf(part)[step] : ownPart(mapOf(part), step);
  }
  return part;
}

function ownPart(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
