import type { Location } from './model';

/** An environment variable that a program reads. */
export interface CodeVariable {
  readonly name: string;
  readonly location: Location;
  /** Whether the program goes on without it. */
  readonly optional: boolean;
}
