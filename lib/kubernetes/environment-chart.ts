import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import {
  type Environment,
  type ExternalSecretsDelivery,
  type SealedSecretsDelivery,
  usesExternalSecrets,
  usesSealedSecrets,
} from '../catalog';
import type { KubernetesObject } from './client';
import type { EnvironmentDelivery } from './environment-delivery';
import { VaultGuardrails } from './guardrails';
import { enforceLabel } from './pod-security';
import { RotationJob } from './rotation-job';
import { SealedDelivery } from './sealed-delivery';
import { VaultDelivery } from './vault-delivery';

/** An environment whose values reach a cluster from Vault. */
export type VaultEnvironment = Environment<ExternalSecretsDelivery>;

/** An environment whose values reach a cluster. */
export type ClusterEnvironment = VaultEnvironment | Environment<SealedSecretsDelivery>;

/** Whether an environment's values reach a cluster. */
export function isDeliveredInCluster<T extends Environment>(environment: T): environment is T & ClusterEnvironment {
  return usesExternalSecrets(environment) || usesSealedSecrets(environment);
}

/** Adds what reads the Secrets, and wires it: `delivery.secretOf('shop-backend').wire(deployment)`. */
export type AddWorkloads = (chart: EnvironmentChart, delivery: EnvironmentDelivery) => void;

export interface EnvironmentChartProps {
  readonly environment: ClusterEnvironment;
  /** @default - what reads the Secrets is deployed by somebody else, such as a Helm chart */
  readonly addWorkloads?: AddWorkloads;
}

/**
 * Everything that one environment has in its cluster: namespaces, what makes the Secrets, the rotator where values are
 * rotated on schedule, and workloads.
 */
export class EnvironmentChart extends Chart {
  readonly delivery: EnvironmentDelivery;
  /** Nothing, where values are not rotated on schedule. */
  readonly rotationJob: RotationJob | undefined;

  constructor(scope: Construct, id: string, { environment, addWorkloads }: EnvironmentChartProps) {
    super(scope, id);
    addNamespaces(this, environment);
    if (usesExternalSecrets(environment)) {
      new VaultGuardrails(this, 'Guardrails', { environment });
      const delivery = new VaultDelivery(this, 'Delivery', { environment });
      this.delivery = delivery;
      this.rotationJob = environment.rotation && new RotationJob(this, 'Rotation', { environment, delivery });
    } else {
      this.delivery = new SealedDelivery(this, 'Delivery', { environment });
    }
    addWorkloads?.(this, this.delivery);
  }
}

/**
 * The objects of one environment in an order in which they can be applied: namespaces, then what makes Secrets, then
 * workloads. They are those that {@link EnvironmentChart} has `cdk8s synth` write.
 * @throws Error if an object breaks a rule, with every problem at once
 */
export function environmentObjects(environment: ClusterEnvironment, addWorkloads?: AddWorkloads): KubernetesObject[] {
  const props = { environment, ...(addWorkloads ? { addWorkloads } : {}) };
  return new EnvironmentChart(new App(), environment.name, props).toJson() as KubernetesObject[];
}

function addNamespaces(chart: Chart, environment: ClusterEnvironment): void {
  const namespaces = new Set(Object.values(environment.catalog.workloads).map(({ namespace }) => namespace));
  for (const name of namespaces) {
    new kplus.k8s.KubeNamespace(chart, `${name}-namespace`, {
      metadata: {
        name,
        labels: { [enforceLabel]: 'restricted' },
      },
    });
  }
}
