import type * as kubernetes from '@pulumi/kubernetes';
import type { ChartReference, ChartValues } from '../chart-values';

/** See {@link chartRelease}. */
export interface ChartReleaseArgs {
  readonly chart: ChartReference;
  readonly namespace: string;
  /** Whether Helm makes the namespace. */
  readonly createNamespace: boolean;
  readonly values: ChartValues;
}

/** Settings of a Helm release that is installed whole or not at all, and that is there when it counts as installed. */
export function chartRelease({
  chart,
  namespace,
  createNamespace,
  values,
}: ChartReleaseArgs): kubernetes.helm.v3.ReleaseArgs {
  return {
    name: chart.chart,
    chart: chart.chart,
    version: chart.version,
    repositoryOpts: { repo: chart.repository },
    namespace,
    createNamespace,
    values: { ...values },
    atomic: true,
    cleanupOnFail: true,
    maxHistory: 5,
    timeout: 300,
  };
}
