import type { ComposeService } from '../compose-services';
import type { CodeComponent } from './code/component';
import type { ComposeProject } from './compose-projects';
import type { EnvFile } from './env-files';
import type { Manifest } from '../../kubernetes/object-rules';

/** Where something stands. */
export interface Location {
  /** Path from the root with forward slashes; for what is in no file, a construct path or a URN. */
  readonly file: string;
  /** From 1. @default - the whole of it */
  readonly line?: number;
}

/** Keys and indexes that lead to a part of an object, as in `['spec', 'containers', 0]`. */
export type ObjectPath = readonly (string | number)[];

/** A Kubernetes object and where it stands. Its parts may have any shape: nobody has validated it. */
export interface LocatedObject {
  readonly manifest: Manifest;
  /**
   * The place it belongs to, such as `staging`: objects of two places are never in one cluster.
   * @default - it is in every one
   */
  readonly environment?: string;
  /** Where a part of the object stands; the nearest part above it where it is not written out. */
  readonly locate: (path: ObjectPath) => Location;
}

/** A file that could not be read, or only in part. */
export interface UnreadableFile extends Location {
  /** One clause in lower case. */
  readonly reason: string;
  readonly fix: string;
}

/** Everything in a repository that the rules are about. */
export interface Repository {
  readonly objects: readonly LocatedObject[];
  readonly composeProjects: readonly ComposeProject[];
  readonly envFiles: readonly EnvFile[];
  /** Services of its Compose files, with what they extend. */
  readonly services: readonly ComposeService[];
  /** Programs that are built from it, and what they read. */
  readonly components: readonly CodeComponent[];
  readonly unreadable: readonly UnreadableFile[];
}
