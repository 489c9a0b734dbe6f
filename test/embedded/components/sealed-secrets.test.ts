import { sealingObjects } from '../../../lib/embedded/components/sealed-secrets-access';
import { sealedSecrets } from '../../../lib/embedded/components/sealed-secrets';
import { sealingIdentity } from '../../../lib/embedded/identities';
import { Layout } from '../../../lib/embedded/layout';
import { sealedSecretsController, sealedSecretsValues } from '../../../lib/operators/sealed-secrets-values';
import { type PinnedChart, renderChart } from '../../support/helm';

const pinned: PinnedChart = {
  module: 'sealed-secrets',
  folder: 'helm/sealed-secrets',
  namespace: sealedSecretsController.namespace,
};

describe('the Sealed Secrets controller of the platform', () => {
  it('has the rights that its chart gives it, and is the account that its chart makes', async () => {
    const chart = await renderChart(pinned, sealedSecretsValues());
    const ofChart = chart.find(({ kind }) => kind === 'ClusterRole');
    expect(sealingObjects.find(({ kind }) => kind === 'ClusterRole')?.rules).toEqual(ofChart?.rules);
    const { name, namespace } = chart.find(({ kind }) => kind === 'ServiceAccount')?.metadata ?? {};
    expect(sealingIdentity).toEqual({ serviceAccount: name, namespace: namespace ?? pinned.namespace });
  }, 120_000);

  it('has no secret among its arguments, and stays one process', async () => {
    const context = {
      layout: new Layout('/platform'),
      options: { tokenCache: false, workloads: 'none' as const },
      port: () => 20_000,
      pid: () => 1,
      kubernetes: () => Promise.reject(new Error('not asked')),
    };
    const program = { command: '/bin/controller', args: sealedSecrets.args(context) };
    const { command, args } = (await sealedSecrets.wrap?.(context, program)) ?? program;
    const script = args[args.indexOf('-c') + 1] ?? '';
    expect([command, ...args.map((argument) => (argument === script ? 'SCRIPT' : argument))].join(' ')).toMatch(
      /^unshare --mount (--user --map-root-user )?sh -c SCRIPT sh \/platform\/sealed-secrets-controller\/serviceaccount \/bin\/controller --listen-addr=127\.0\.0\.1:20000 --listen-metrics-addr=127\.0\.0\.1:20000 --watch-for-secrets --max-unseal-retries=15$/,
    );
    expect(script.trim().split('\n').at(-1)).toBe('exec "$@"');
  });
});
