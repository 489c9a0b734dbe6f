import { WorkloadSealedSecret } from '../../lib/kubernetes/workload-sealed-secret';
import { sealEnvironment } from '../../lib/sealing/seal-environment';
import { edge, makeKeyPair } from '../sealing/support';
import { objectOf, synthesize, testChart } from '../support/objects';

describe('WorkloadSealedSecret', () => {
  it('has exactly the sealed variables of its workload, and waits until they are open', async () => {
    const environment = edge((await makeKeyPair()).certificate);
    const { workloads } = sealEnvironment(environment, {
      committed: new Map(),
      generate: true,
    });
    const file = workloads.get('shop-backup')?.file;
    const chart = testChart();
    const { secret } = new WorkloadSealedSecret(chart, 'Secret', {
      environment,
      workload: 'shop-backup',
      ...(file ? { committed: { path: 'f.yaml', file, problems: [] } } : {}),
    });
    expect(secret.name).toBe('shop-backup-secret');
    const { spec, metadata } = objectOf(synthesize(chart), 'SealedSecret', 'shop-backup-secret') as unknown as {
      spec: { encryptedData: Record<string, string> };
      metadata: unknown;
    };
    expect(spec.encryptedData).toEqual(
      Object.fromEntries([...(file?.entries ?? [])].map(([variable, { sealed }]) => [variable, sealed])),
    );
    expect(metadata).toEqual({
      name: 'shop-backup-secret',
      namespace: 'shop',
      annotations: { 'pulumi.com/waitFor': 'condition=Synced' },
    });
  });

  it('fails without committed values, and for a workload that is not declared', async () => {
    const environment = edge((await makeKeyPair()).certificate);
    expect(() => new WorkloadSealedSecret(testChart(), 'Secret', { environment, workload: 'shop-backup' })).toThrow(
      /no value of the workload is sealed, got no file/,
    );
    expect(() => new WorkloadSealedSecret(testChart(), 'Secret', { environment, workload: 'shop' })).toThrow(
      /no such workload in the catalog, got "shop"/,
    );
  });
});
