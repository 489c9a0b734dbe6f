import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import {
  sealedSecretsChart,
  sealedSecretsController,
  type SealedSecretsOptions,
  sealedSecretsValues,
} from '../sealed-secrets-values';
import { chartRelease } from './chart-release';

/** The Sealed Secrets controller and its definition, by its own chart. */
export class SealedSecretsController extends pulumi.ComponentResource {
  readonly release: kubernetes.helm.v3.Release;

  constructor(name: string, args: SealedSecretsOptions = {}, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:operators:SealedSecretsController', name, {}, options);
    this.release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      chartRelease({
        chart: sealedSecretsChart,
        namespace: sealedSecretsController.namespace,
        createNamespace: false,
        values: sealedSecretsValues(args),
      }),
      { parent: this },
    );
    this.registerOutputs({ version: this.release.version });
  }
}
