import { externalSecretsChart, externalSecretsValues } from '../../lib/operators/external-secrets-values';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { shopEnvironment } from '../support/environment';
import { chartVersion, type PinnedChart, renderChart, unknownValues } from '../support/helm';

/**
 * The newest chart that a pinned module has. It proves what both releases know; what only the released chart knows is
 * listed below, and follows its documentation.
 */
const pinned: PinnedChart = {
  module: 'external-secrets',
  folder: 'deploy/charts/external-secrets',
  namespace: 'external-secrets',
};

const { delivery } = shopEnvironment();

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly livenessProbe?: object;
          readonly resources: object;
          readonly securityContext: object;
        }[];
      };
    };
  };
}

describe('externalSecretsValues', () => {
  it('is for the released chart', () => {
    expect(externalSecretsChart).toEqual({
      repository: 'https://charts.external-secrets.io',
      chart: 'external-secrets',
      version: '2.9.0',
    });
  });

  it('names values that the pinned chart has, but for those that came later', () => {
    expect(chartVersion(pinned)).toBe('0.20.3');
    expect(unknownValues(pinned, externalSecretsValues(delivery))).toEqual([
      'crds.createSecretStore',
      'crds.unsafeServeV1Beta1',
      'processSecretStore',
      'genericTargets',
      'vault',
      'storeRequeueInterval',
      'readinessProbe',
      'rbac.serviceAccountTokenCreate',
      'rbac.aggregateToAdmin',
    ]);
  });

  it('grants and reconciles the kinds of the delivery only', () => {
    const kinds = (storeKind: 'ClusterSecretStore' | 'SecretStore') => {
      const values = externalSecretsValues({ ...delivery, storeKind });
      const { crds } = values;
      return Object.entries({ ...values, ...(crds as object) })
        .filter(([key, value]) => /^(create|process)/.test(key) && value === true)
        .map(([key]) => key);
    };
    expect(kinds('ClusterSecretStore')).toEqual(['processClusterStore', 'createClusterSecretStore']);
    expect(kinds('SecretStore')).toEqual(['processSecretStore', 'createSecretStore']);
  });

  it('keeps the definitions when the operator goes, and gives nobody a token by default', () => {
    expect(externalSecretsValues(delivery)).toMatchObject({
      crds: { annotations: { 'helm.sh/resource-policy': 'keep' }, unsafeServeV1Beta1: false },
      rbac: { serviceAccountTokenCreate: false, aggregateToEdit: false, aggregateToAdmin: false },
      vault: { enableTokenCache: true },
    });
  });

  describe('rendered by helm', () => {
    let objects: KubernetesObject[] = [];

    beforeAll(async () => {
      objects = await renderChart(pinned, externalSecretsValues(delivery));
    }, 120_000);

    it('is one controller: no webhook, no certificate controller, nothing for other projects', () => {
      expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
        'PodDisruptionBudget release-external-secrets-pdb',
        'ServiceAccount external-secrets',
        'ClusterRole release-external-secrets-controller',
        'ClusterRole release-external-secrets-view',
        'ClusterRole release-external-secrets-edit',
        'ClusterRoleBinding release-external-secrets-controller',
        'Role release-external-secrets-leaderelection',
        'RoleBinding release-external-secrets-leaderelection',
        'Deployment release-external-secrets',
      ]);
    });

    it('runs as the service account that may ask for tokens of workloads', () => {
      const { spec } = deploymentOf(objects);
      expect(spec.template.spec.serviceAccountName).toBe(delivery.operator.serviceAccount);
      expect(spec.replicas).toBe(2);
    });

    it('starts the controller with the kinds of the delivery', () => {
      const [container] = deploymentOf(objects).spec.template.spec.containers;
      expect(container?.args).toEqual([
        '--enable-leader-election=true',
        '--enable-cluster-external-secret-reconciler=false',
        '--enable-cluster-push-secret-reconciler=false',
        '--enable-push-secret-reconciler=false',
        '--concurrent=5',
        '--client-burst=600',
        '--client-qps=300',
        '--metrics-addr=:8080',
        '--loglevel=info',
        '--zap-time-encoding=epoch',
        '--live-addr=:8082',
      ]);
      expect(container?.livenessProbe).toBeDefined();
      expect(container?.resources).toEqual({
        requests: { cpu: '10m', memory: '64Mi' },
        limits: { memory: '256Mi' },
      });
      expect(container?.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
    });

    it('does not let namespace editors point stores anywhere', () => {
      const edit = objects.find(({ metadata }) => metadata.name === 'release-external-secrets-edit');
      expect(Object.keys(edit?.metadata.labels ?? {})).not.toContain('rbac.authorization.k8s.io/aggregate-to-edit');
    });

    it('may not touch namespaces, or push values to Vault', () => {
      const controller = objects.find(
        ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'release-external-secrets-controller',
      );
      const rules = controller?.rules as { resources: string[]; verbs: string[] }[];
      const written = rules.filter(({ verbs }) => verbs.includes('update')).flatMap(({ resources }) => resources);
      expect(written).not.toContain('namespaces');
      expect(rules.flatMap(({ resources }) => resources).filter((name) => name.includes('push'))).toEqual([]);
    });
  });
});

function deploymentOf(objects: readonly KubernetesObject[]): Deployment {
  return objects.find(({ kind }) => kind === 'Deployment') as unknown as Deployment;
}
