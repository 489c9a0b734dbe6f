import type { KubernetesObject } from '../../lib/kubernetes/client';
import {
  sealedSecretsChart,
  sealedSecretsController,
  sealedSecretsValues,
} from '../../lib/operators/sealed-secrets-values';
import { chartVersion, type PinnedChart, renderChart, unknownValues } from '../support/helm';

const pinned: PinnedChart = {
  module: 'sealed-secrets',
  folder: 'helm/sealed-secrets',
  namespace: sealedSecretsController.namespace,
};

describe('sealedSecretsValues', () => {
  it('is for the very chart that the pinned module has', () => {
    expect(sealedSecretsChart.version).toBe(chartVersion(pinned));
    expect(unknownValues(pinned, sealedSecretsValues())).toEqual([]);
  });

  it.each([
    [{}, '720h0m0s'],
    [{ keyRenewal: '90d' }, '2160h0m0s'],
    [{ keyRenewal: 'never' }, '0'],
    [{ ownKeyPair: true }, '0'],
  ] as const)('renews keys as %j says', (options, period) => {
    expect(sealedSecretsValues(options).keyrenewperiod).toBe(period);
  });

  describe('rendered by helm', () => {
    let objects: KubernetesObject[] = [];

    beforeAll(async () => {
      objects = await renderChart(pinned, sealedSecretsValues());
    }, 120_000);

    it('has the name under which kubeseal looks for it', () => {
      const named = objects.filter(({ kind }) => ['Deployment', 'Service'].includes(kind));
      expect(named.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)).toEqual([
        'Service kube-system/sealed-secrets-controller',
        'Service kube-system/sealed-secrets-controller-metrics',
        'Deployment kube-system/sealed-secrets-controller',
      ]);
    });

    it('starts the controller with our arguments', () => {
      const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
        spec: { template: { spec: { containers: { args: string[]; resources: object }[] } } };
      };
      const [container] = deployment.spec.template.spec.containers;
      expect(container?.args).toEqual([
        '--update-status',
        '--key-renew-period',
        '720h0m0s',
        '--key-prefix',
        'sealed-secrets-key',
        '--listen-addr',
        ':8080',
        '--listen-metrics-addr',
        ':8081',
        '--max-unseal-retries',
        '15',
        '--watch-for-secrets',
      ]);
      expect(container?.resources).toEqual({ requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } });
    });

    it('does not open the controller to every authenticated user', () => {
      const bindings = objects.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding');
      const subjects = bindings.flatMap((binding) => binding.subjects as { kind: string }[]);
      expect(subjects.map(({ kind }) => kind)).not.toContain('Group');
      expect(objects.filter(({ kind }) => kind === 'NetworkPolicy')).toHaveLength(1);
    });

    it('brings the definition', () => {
      const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
      expect(definitions.map(({ metadata }) => metadata.name)).toEqual(['sealedsecrets.bitnami.com']);
    });
  });
});
