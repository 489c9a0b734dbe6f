import { SealedSecretsController } from '../../../lib/operators/components';
import { sealedSecretsValues } from '../../../lib/operators/sealed-secrets-values';
import { recordProgram } from '../../support/pulumi-recorder';

describe('SealedSecretsController', () => {
  it('is a whole release of the pinned chart, where kubeseal looks for it', async () => {
    const { find } = await recordProgram(() => {
      new SealedSecretsController('sealed', { keyRenewal: 'never' });
    });
    const { inputs, parent } = find('kubernetes:helm.sh/v3:Release', 'sealed-release');
    expect(inputs).toEqual({
      name: 'sealed-secrets',
      chart: 'sealed-secrets',
      version: '2.19.3',
      repositoryOpts: { repo: 'https://bitnami.github.io/sealed-secrets' },
      namespace: 'kube-system',
      createNamespace: false,
      values: sealedSecretsValues({ keyRenewal: 'never' }),
      atomic: true,
      cleanupOnFail: true,
      maxHistory: 5,
      timeout: 300,
      compat: 'true',
    });
    expect(parent).toMatch(/nivesh:operators:SealedSecretsController::sealed$/);
  });
});
