import type { Problem } from '../../catalog';

/** What becomes of a file of the project. */
export interface Merge {
  /** The text as it is to be; that which was given where nothing is missing. */
  readonly text: string;
  /** What is in the way; nothing may be written then. */
  readonly problems: readonly Problem[];
}

/** Plain data as a map; an empty one for everything else. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Plain data as a list; an empty one for everything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
