import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { ExternalSecretsDelivery } from '../../catalog';
import { externalSecretsChart, externalSecretsValues } from '../external-secrets-values';
import { chartRelease } from './chart-release';

/** See {@link ExternalSecretsOperator}. */
export interface ExternalSecretsOperatorArgs {
  readonly delivery: ExternalSecretsDelivery;
  /** Whether Helm makes the operator's namespace. @default true */
  readonly createNamespace?: boolean;
}

/** External Secrets Operator and its definitions, by its own chart. */
export class ExternalSecretsOperator extends pulumi.ComponentResource {
  readonly release: kubernetes.helm.v3.Release;

  constructor(name: string, args: ExternalSecretsOperatorArgs, options?: pulumi.ComponentResourceOptions) {
    super('nivesh:operators:ExternalSecretsOperator', name, {}, options);
    this.release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      chartRelease({
        chart: externalSecretsChart,
        namespace: args.delivery.operator.namespace,
        createNamespace: args.createNamespace ?? true,
        values: externalSecretsValues(args.delivery),
      }),
      { parent: this },
    );
    this.registerOutputs({ version: this.release.version });
  }
}
