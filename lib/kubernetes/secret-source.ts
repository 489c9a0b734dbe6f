import { Construct } from 'constructs';
import type { DeclaredWorkload } from './declared-workload';
import { WorkloadSecret } from './workload-secret';

/**
 * A construct that makes the Kubernetes Secret of one workload, whatever the delivery. It is the only origin of a
 * {@link WorkloadSecret}, so a Secret that nothing makes cannot be wired.
 */
export abstract class SecretSource extends Construct {
  readonly workload: DeclaredWorkload;
  /** The Secret, for wiring. */
  readonly secret: WorkloadSecret;

  protected constructor(scope: Construct, id: string, workload: DeclaredWorkload) {
    super(scope, id);
    this.workload = workload;
    this.secret = new WorkloadSecret(this);
  }
}
