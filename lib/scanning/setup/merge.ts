import type { Problem } from '../../catalog';

/** What becomes of a file of the project. */
export interface Merge {
  /** The text as it is to be; that which was given where nothing is missing. */
  readonly text: string;
  /** What is in the way; nothing may be written then. */
  readonly problems: readonly Problem[];
}
