import * as kplus from 'cdk8s-plus-28';
import type { SecretSource } from './secret-source';
import { type WiringOptions, type WiringTarget, wireSecret } from './wiring';

/**
 * The Kubernetes Secret of one workload, which something in the same chart makes. It comes from a delivery
 * (`delivery.secretOf('nivesh-backend')`) and cannot be made from a name.
 */
export class WorkloadSecret {
  readonly #source: SecretSource;
  #reference: kplus.ISecret | undefined;

  constructor(source: SecretSource) {
    this.#source = source;
  }

  /** Name of the Secret. */
  get name(): string {
    return this.#source.workload.names.secret;
  }

  get namespace(): string {
    return this.#source.workload.namespace;
  }

  /** The workload that reads it: name, kind, variables. */
  get workload(): SecretSource['workload'] {
    return this.#source.workload;
  }

  /** For cdk8s-plus, where a container takes a Secret. */
  get reference(): kplus.ISecret {
    this.#reference ??= kplus.Secret.fromSecretName(this.#source, 'Imported', this.name);
    return this.#reference;
  }

  /**
   * Makes a workload load this Secret as environment variables, run under its own service account without a token, and
   * restart when the Secret changes. A second time changes nothing.
   * @param target the workload of the catalog, made with cdk8s-plus, as a plain object, or in an included manifest
   * @throws DeclarationError if the object is not the workload that the catalog declares, or contradicts the wiring
   */
  wire(target: WiringTarget, options: WiringOptions = {}): void {
    wireSecret(this, target, options);
  }
}
