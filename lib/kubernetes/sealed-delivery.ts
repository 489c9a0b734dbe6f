import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { type Environment, quoted, type SealedSecretsDelivery, throwProblems, workloadNames } from '../catalog';
import { workloadProblems } from '../sealing/check';
import { type CommittedFile, readSealedFolder } from '../sealing/sealed-folder';
import { EnvironmentDelivery } from './environment-delivery';
import type { ObjectRuleOptions } from './object-rules';
import { WorkloadSealedSecret } from './workload-sealed-secret';

/** See {@link SealedDelivery}. */
export interface SealedDeliveryProps extends ObjectRuleOptions {
  readonly environment: Environment<SealedSecretsDelivery>;
  /** Committed files by workload. @default - those under `environments/sealed/` in the working directory */
  readonly committed?: ReadonlyMap<string, CommittedFile>;
}

/**
 * For each workload of the catalog its service account and its SealedSecret, from the files that
 * `nivesh-secrets seal` wrote.
 * @throws DeclarationError with everything that is wrong with the files
 */
export class SealedDelivery extends EnvironmentDelivery {
  constructor(scope: Construct, id: string, props: SealedDeliveryProps) {
    const { environment, committed = readSealedFolder(process.cwd(), environment.name), ...rules } = props;
    super(scope, id, environment.name, rules);
    const { name: catalogName, workloads } = environment.catalog;
    throwProblems(
      `sealed values of environment ${quoted(environment.name)}`,
      Object.keys(workloads).flatMap((workload) => workloadProblems(environment, workload, committed.get(workload))),
    );
    for (const [workload, { namespace }] of Object.entries(workloads)) {
      const name = workloadNames(catalogName, workload).serviceAccount;
      new kplus.k8s.KubeServiceAccount(this, `${workload}-account`, {
        metadata: { name, namespace },
        automountServiceAccountToken: false,
      });
      this.add(
        new WorkloadSealedSecret(this, `${workload}-secret`, {
          environment,
          workload,
          committed: committed.get(workload),
        }),
      );
    }
  }
}
