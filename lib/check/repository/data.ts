import { listOf, mapOf } from '../../plain-data';
import type { ObjectPath } from './model';

/** Manifests are read as people wrote them, so any part may have any shape: what does not fit counts as absent. */

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
