import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { DeclarationError, type Environment, quoted } from '../catalog';
import { enforceObjectRules } from './enforce-object-rules';
import type { ObjectRuleOptions } from './object-rules';
import type { SecretSource } from './secret-source';
import type { WorkloadSecret } from './workload-secret';

/**
 * Everything that makes the Secrets of one environment's workloads, whatever the way of delivery. It watches over the
 * chart that it is part of: see {@link enforceObjectRules}.
 */
export abstract class EnvironmentDelivery extends Construct {
  private readonly made = new Map<string, WorkloadSecret>();

  protected constructor(
    scope: Construct,
    id: string,
    private readonly environmentName: Environment['name'],
    options: ObjectRuleOptions = {},
  ) {
    super(scope, id);
    enforceObjectRules(Chart.of(this), options);
  }

  /** Registers what makes the Secret of a workload. */
  protected add(source: SecretSource): void {
    this.made.set(source.workload.name, source.secret);
  }

  /** The Secrets, in the order of the catalog. */
  get secrets(): WorkloadSecret[] {
    return [...this.made.values()];
  }

  /**
   * The Secret of a workload, to wire it.
   * @throws DeclarationError if nothing makes a Secret for it
   */
  secretOf(workload: string): WorkloadSecret {
    const secret = this.made.get(workload);
    if (!secret) {
      throw new DeclarationError(`delivery of environment ${quoted(this.environmentName)}`, [
        {
          path: this.node.path,
          what: 'no Secret is made for this workload',
          got: quoted(workload),
          allowed: [...this.made.keys()].map(quoted).join(', '),
          fix: 'correct the name, or declare the workload in the catalog',
        },
      ]);
    }
    return secret;
  }
}
