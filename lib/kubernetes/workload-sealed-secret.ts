import type { Construct } from 'constructs';
import { SealedSecret } from '../../imports/bitnami.com';
import { throwProblems, quoted, type Environment, type SealedSecretsDelivery } from '../catalog';
import { workloadProblems } from '../sealing/check';
import type { CommittedFile } from '../sealing/sealed-folder';
import { sealedSecretObject } from '../sealing/sealed-secret';
import { declaredWorkload } from './declared-workload';
import { SecretSource } from './secret-source';

/** Makes Pulumi wait until the controller has opened the values; see `awaitReady`. Its condition has another name. */
const awaitSynced = { 'pulumi.com/waitFor': 'condition=Synced' };

/** See {@link WorkloadSealedSecret}. */
export interface WorkloadSealedSecretProps {
  readonly environment: Environment<SealedSecretsDelivery>;
  /** Name of the workload in the environment's catalog. */
  readonly workload: string;
  /** What is committed for it, see `readSealedFolder`. @default - nothing, which is an error */
  readonly committed?: CommittedFile | undefined;
}

/**
 * The SealedSecret of one workload: the controller opens it into the workload's Secret.
 * @throws DeclarationError when the committed file is not one for this workload, with exactly its variables
 */
export class WorkloadSealedSecret extends SecretSource {
  constructor(scope: Construct, id: string, { environment, workload: name, committed }: WorkloadSealedSecretProps) {
    const workload = declaredWorkload(environment.catalog, name);
    super(scope, id, workload);
    throwProblems(
      `sealed values of workload ${quoted(name)} in environment ${quoted(environment.name)}`,
      workloadProblems(environment, name, committed),
    );
    const entries = [...(committed?.file?.entries ?? [])];
    const identity = { name: workload.names.sealedSecret, namespace: workload.namespace };
    const { metadata, spec } = sealedSecretObject(
      identity,
      environment.delivery.scope,
      Object.fromEntries(entries.map(([variable, { sealed }]) => [variable, sealed])),
    );
    new SealedSecret(this, 'Resource', {
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...awaitSynced } },
      spec,
    });
  }
}
