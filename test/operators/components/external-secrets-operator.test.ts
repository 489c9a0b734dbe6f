import { ExternalSecretsOperator } from '../../../lib/operators/components';
import { externalSecretsValues } from '../../../lib/operators/external-secrets-values';
import { shopEnvironment } from '../../support/environment';
import { recordProgram } from '../../support/pulumi-recorder';

const { delivery } = shopEnvironment({ operator: { namespace: 'eso' } });

async function release(createNamespace?: boolean) {
  const { find } = await recordProgram(() => {
    new ExternalSecretsOperator('eso', { delivery, ...(createNamespace === undefined ? {} : { createNamespace }) });
  });
  return find('kubernetes:helm.sh/v3:Release', 'eso-release');
}

describe('ExternalSecretsOperator', () => {
  it('is a whole release of the pinned chart, with our values', async () => {
    const { inputs, parent } = await release();
    expect(inputs).toEqual({
      name: 'external-secrets',
      chart: 'external-secrets',
      version: '2.9.0',
      repositoryOpts: { repo: 'https://charts.external-secrets.io' },
      namespace: 'eso',
      createNamespace: true,
      values: externalSecretsValues(delivery),
      atomic: true,
      cleanupOnFail: true,
      maxHistory: 5,
      timeout: 300,
      compat: 'true',
    });
    expect(parent).toMatch(/nivesh:operators:ExternalSecretsOperator::eso$/);
  });

  it('leaves a namespace alone that is made elsewhere', async () => {
    expect((await release(false)).inputs).toMatchObject({ createNamespace: false });
  });
});
