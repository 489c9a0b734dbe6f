import type { ExternalSecretsDelivery } from '../catalog';
import type { ChartReference, ChartValues } from './chart-values';

/** Chart of External Secrets Operator. Only its newest minor release is maintained. */
export const externalSecretsChart: ChartReference = {
  repository: 'https://charts.external-secrets.io',
  chart: 'external-secrets',
  version: '2.9.0',
};

/**
 * Requests a second that the operator sends to the API server at most, and at once. With its own 50 and 100 a thousand
 * ExternalSecrets wait for minutes, each for seven requests and more; the API server protects itself
 * (https://kubernetes.io/docs/concepts/cluster-administration/flow-control/).
 */
export const requestLimits = { 'client-qps': 300, 'client-burst': 600 } as const;

/**
 * Values for the operator of an environment: the kinds that the delivery uses, and no right beyond them
 * (https://external-secrets.io/latest/guides/security-best-practices/).
 */
export function externalSecretsValues({ operator, storeKind }: ExternalSecretsDelivery): ChartValues {
  const clusterStores = storeKind === 'ClusterSecretStore';
  return {
    installCRDs: true,
    crds: {
      // Uninstalling must not delete the definitions: every ExternalSecret, and every Secret it owns, would go with them.
      annotations: { 'helm.sh/resource-policy': 'keep' },
      createClusterSecretStore: clusterStores,
      createSecretStore: !clusterStores,
      createClusterExternalSecret: false,
      createClusterGenerator: false,
      createClusterPushSecret: false,
      createPushSecret: false,
      conversion: { enabled: false },
      unsafeServeV1Beta1: false,
    },
    processClusterStore: clusterStores,
    processSecretStore: !clusterStores,
    processClusterExternalSecret: false,
    processClusterGenerator: false,
    processClusterPushSecret: false,
    processPushSecret: false,
    genericTargets: { enabled: false },
    // One login a token's life instead of one a refresh: 2 requests to Vault instead of 4.
    vault: { enableTokenCache: true },
    concurrent: 5,
    extraArgs: requestLimits,
    storeRequeueInterval: '30m',
    leaderElect: true,
    replicaCount: 2,
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
    // Without the first probe "installed" would mean "started", and the stores that follow would fail once.
    readinessProbe: { enabled: true },
    livenessProbe: { enabled: true },
    serviceAccount: { create: true, name: operator.serviceAccount },
    rbac: {
      // Tokens are minted by the right of one Role a service account, not of all in the cluster.
      serviceAccountTokenCreate: false,
      aggregateToAdmin: false,
      aggregateToEdit: false,
      servicebindings: { create: false },
    },
    systemAuthDelegator: false,
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    // The webhook only repeats what the typed declaration has checked; without it nobody may change definitions.
    webhook: { create: false },
    certController: { create: false },
  };
}
