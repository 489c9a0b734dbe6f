import type { Problem } from '../catalog';

/** Values that were written to Vault and must reach every process that reads them. */
export interface PublishedVersion {
  /** Path of the Vault secret below the mount. */
  readonly path: string;
  /** Fields whose values changed. */
  readonly fields: readonly string[];
  /** Version that holds the new values. */
  readonly version: number;
  /** Version that held the values before; a failed rollout publishes these again. */
  readonly previousVersion: number;
  /**
   * Of this rotation, phase and version: a run that resumes does not restart what has restarted. Values that are
   * published again after a failed rollout have another one.
   */
  readonly label: string;
  /**
   * Whether the values before have leaked: a failed rollout does not publish them again, since that would bring them back
   * to life. @default false
   */
  readonly revokes?: boolean;
  /** Rotated field, as `path.field`: rotations of two fields of one path keep their restarts apart. @default - the path */
  readonly rotated?: string;
}

/** Whose restarts are known to a delivery. */
export interface RestartsOf {
  /** Rotated field, as `path.field`. */
  readonly field: string;
  /** Of the rotation, and of the one that it breaks off. */
  readonly rotations: readonly string[];
}

/** Pods did not become ready with the new values, so the old ones were published again. */
export class RolloutFailedError extends Error {
  constructor(
    message: string,
    /** Version that holds the old values again; nothing where they could not be published. */
    readonly republishedVersion?: number,
  ) {
    super(message);
    this.name = 'RolloutFailedError';
  }
}

/** Brings a new version in Vault to the processes that read it. */
export interface ValueDelivery {
  /**
   * What would keep {@link deliver} from working: missing workloads, rights, rollouts that are stuck already.
   * @param own where a rollout is stuck at one of these restarts, `deliver` takes that back or replaces it
   * @default - none
   */
  check(path: string, fields: readonly string[], own?: RestartsOf): Promise<Problem[]>;
  /**
   * Refreshes the ExternalSecrets of every workload that reads one of the fields, waits until they hold the version,
   * restarts these workloads in waves, and returns when every pod of them has the new values and no older pod is left.
   * May be called again with the same label.
   * @throws RolloutFailedError after it has published the old values again
   */
  deliver(published: PublishedVersion): Promise<void>;
}
