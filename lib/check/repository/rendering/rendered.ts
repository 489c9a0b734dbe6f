import { readManifests } from '../manifests';
import type { LocatedObject, UnreadableFile } from '../model';

/** What charts and kustomizations of a repository become. */
export interface Rendered {
  readonly objects: readonly LocatedObject[];
  /** Files, as paths from the root, that are part of what was rendered and no manifests by themselves. */
  readonly parts: ReadonlySet<string>;
  readonly unreadable: readonly UnreadableFile[];
  /** What could not be checked, and is nobody's mistake. */
  readonly notes: readonly UnreadableFile[];
}

/** Several at once. */
export function joinRendered(all: readonly Rendered[]): Rendered {
  return {
    objects: all.flatMap(({ objects }) => objects),
    parts: new Set(all.flatMap(({ parts }) => [...parts])),
    unreadable: all.flatMap(({ unreadable }) => unreadable),
    notes: all.flatMap(({ notes }) => notes),
  };
}

/**
 * The objects that a program rendered.
 * @throws Error where it rendered no YAML
 */
export function readRendered(text: string): LocatedObject['manifest'][] {
  const { objects, unreadable } = readManifests('rendered', text);
  const [problem] = unreadable;
  if (problem) {
    throw new Error(`what it renders cannot be read: ${problem.reason}`);
  }
  return objects.map(({ manifest }) => manifest);
}
