import { App, Chart } from 'cdk8s';
import { type Environment, type ExternalSecretsDelivery, quoted } from '../catalog';
import type { KubernetesClient, KubernetesObject } from '../kubernetes/client';
import { VaultDelivery } from '../kubernetes/vault-delivery';
import { type FieldDrift, objectDrift } from './drift';
import type { VerifyFinding } from './finding';
import { getOrNothing, objectName } from './live-object';

/** What was compared, and what differs. */
export interface DriftReport {
  readonly compared: number;
  readonly findings: readonly VerifyFinding[];
}

/** The objects that deliver an environment's secrets: the very ones of `cdk8s synth`. */
export function deliveryObjects(environment: Environment<ExternalSecretsDelivery>): KubernetesObject[] {
  const chart = new Chart(new App(), environment.name);
  new VaultDelivery(chart, 'Delivery', { environment });
  return chart.toJson() as KubernetesObject[];
}

/** Stores, ExternalSecrets, service accounts, roles and bindings that are gone or were changed by hand. */
export async function clusterDrift(
  environment: Environment<ExternalSecretsDelivery>,
  kubernetes: KubernetesClient,
): Promise<DriftReport> {
  const objects = deliveryObjects(environment);
  const fix = `pulumi up --stack ${environment.name}`;
  const findings = await Promise.all(
    objects.map(async (declared): Promise<VerifyFinding[]> => {
      const { apiVersion, kind, metadata } = declared;
      const live = await getOrNothing(kubernetes, apiVersion, kind, metadata.name, metadata.namespace);
      const object = objectName(declared);
      return live
        ? objectDrift(declared, live).map((drift) => driftFinding(object, drift, fix))
        : [{ check: 'drift', object, message: 'it does not exist', fix }];
    }),
  );
  return { compared: objects.length, findings: findings.flat() };
}

/** Somebody may have pasted a value where a template, or a certificate, belongs: what is there is not printed. */
const hidden = /^(?:data|metadata|spec\.target\.template)\b/;

function driftFinding(object: string, { field, declared, live }: FieldDrift, fix: string): VerifyFinding {
  return { check: 'drift', object, field, message: describe(declared, live, hidden.test(field)), fix };
}

/** `got X, declared Y`, or that it was added or is gone. */
export function describe(declared: unknown, live: unknown, isHidden: boolean): string {
  const shown = (value: unknown): string =>
    isHidden ? 'something else' : quoted(typeof value === 'object' ? JSON.stringify(value) : value);
  if (live === undefined) {
    return isHidden ? 'it is gone' : `it is gone, declared ${shown(declared)}`;
  }
  if (declared === undefined) {
    return isHidden ? 'it was added' : `it was added, got ${shown(live)}`;
  }
  return isHidden ? 'it was changed' : `got ${shown(live)}, declared ${shown(declared)}`;
}
