import { durationSeconds, type Environment, type ExternalSecretsDelivery, workloadNames } from '../catalog';
import type { KubernetesClient } from '../kubernetes/client';
import { conditionOf, describeCondition } from '../kubernetes/condition';
import type { WorkloadDelivery } from './delivery';
import type { VerifyFinding } from './finding';
import { getOrNothing } from './live-object';

/** How many refresh intervals an ExternalSecret may be old before something holds it up. */
export const staleAfterIntervals = 2;

/**
 * ExternalSecrets that the operator has not refreshed for two of their intervals: they say Ready, and that was true
 * once. One that is not Ready is found elsewhere.
 * @param now milliseconds since 1970
 */
export function staleDeliveries(
  environment: Environment<ExternalSecretsDelivery>,
  deliveries: readonly WorkloadDelivery[],
  now: number,
): VerifyFinding[] {
  const { refreshInterval } = environment.delivery;
  const allowed = durationSeconds(refreshInterval) * staleAfterIntervals;
  return deliveries
    .filter(({ ready }) => ready)
    .flatMap(({ namespace, externalSecret, refreshTime }): VerifyFinding[] => {
      const age = refreshTime === undefined ? Infinity : (now - Date.parse(refreshTime)) / 1000;
      return age <= allowed
        ? []
        : [
            {
              check: 'freshness',
              object: `ExternalSecret ${namespace}/${externalSecret}`,
              field: 'status.refreshTime',
              message: `${refreshTime === undefined ? 'it was never refreshed' : `last refreshed ${refreshTime}`}, allowed: within ${staleAfterIntervals} intervals of ${refreshInterval}`,
              fix: 'see whether the operator runs, and its log',
            },
          ];
    });
}

/** Stores that the operator cannot use. One that is missing is drift, and found there. */
export async function unreadyStores(
  environment: Environment<ExternalSecretsDelivery>,
  kubernetes: KubernetesClient,
): Promise<VerifyFinding[]> {
  const { storeKind } = environment.delivery;
  const { catalog } = environment;
  const findings = await Promise.all(
    Object.entries(catalog.workloads).map(async ([workload, { namespace }]): Promise<VerifyFinding[]> => {
      const { store } = workloadNames(catalog.name, workload);
      const home = storeKind === 'SecretStore' ? namespace : undefined;
      const object = await getOrNothing(kubernetes, 'external-secrets.io/v1', storeKind, store, home);
      if (!object) {
        return [];
      }
      const ready = conditionOf(object, 'Ready');
      return ready?.status === 'True'
        ? []
        : [
            {
              check: 'delivery',
              object: `${storeKind} ${home === undefined ? '' : `${home}/`}${store}`,
              field: 'status.conditions',
              message: ready ? `it is not ready: ${describeCondition(ready)}` : 'the operator has not looked at it yet',
              fix: 'correct what the operator says, and see whether it runs',
            },
          ];
    }),
  );
  return findings.flat();
}
