import { type Duration, goDuration } from '../catalog';
import type { ChartReference, ChartValues } from './chart-values';

/** Chart of the Sealed Secrets controller. */
export const sealedSecretsChart: ChartReference = {
  repository: 'https://bitnami.github.io/sealed-secrets',
  chart: 'sealed-secrets',
  version: '2.19.3',
};

/** The name and namespace in which `kubeseal` looks for the controller. */
export const sealedSecretsController = { name: 'sealed-secrets-controller', namespace: 'kube-system' } as const;

/** See {@link sealedSecretsValues}. */
export interface SealedSecretsOptions {
  /** How often the controller makes itself another key. Keys it had stay able to open. @default '30d' */
  readonly keyRenewal?: Duration | 'never';
  /** Whether the key pair is ours, see `SealedSecretsDelivery.ownKeyPair`: the controller then never makes another. @default false */
  readonly ownKeyPair?: boolean;
}

/** Values for the Sealed Secrets controller (https://github.com/bitnami/sealed-secrets/tree/main/helm/sealed-secrets). */
export function sealedSecretsValues({
  keyRenewal = '30d',
  ownKeyPair = false,
}: SealedSecretsOptions = {}): ChartValues {
  return {
    fullnameOverride: sealedSecretsController.name,
    keyrenewperiod: keyRenewal === 'never' || ownKeyPair ? '0' : goDuration(keyRenewal),
    // Five tries last 200 ms; a namespace or an API server may take longer to answer.
    maxRetries: '15',
    // A restored or added key is used without a restart.
    watchForSecrets: true,
    updateStatus: true,
    skipRecreate: false,
    rbac: {
      create: true,
      // The chart would let every authenticated user reach the controller; sealing needs the certificate only.
      serviceProxier: { create: true, bind: false },
    },
    networkPolicy: { enabled: true },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    livenessProbe: { enabled: true },
    readinessProbe: { enabled: true },
    metrics: { serviceMonitor: { enabled: false }, dashboards: { create: false } },
  };
}
