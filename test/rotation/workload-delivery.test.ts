import type { KubernetesClient } from '../../lib/kubernetes/client';
import { WorkloadDelivery } from '../../lib/rotation/workload-delivery';
import { ApiServer } from '../support/api-server';
import { RotationBench } from '../support/rotation';

/** What a real platform shows is in test/e2e/workload-delivery.test.ts. */
describe('a rollout whose Secret is not refreshed', () => {
  const resources = [{ name: 'externalsecrets', kind: 'ExternalSecret', namespaced: true }];
  // An operator that never looks.
  const server = new ApiServer(() => ({ body: { metadata: { name: 'x' }, status: {}, resources } }));
  let kubernetes: KubernetesClient;
  let bench: RotationBench;

  beforeAll(async () => {
    kubernetes = await server.start();
  });

  beforeEach(async () => {
    bench = await RotationBench.start();
  });

  afterEach(async () => {
    await bench.stop();
  });

  afterAll(async () => {
    await kubernetes.close();
    await server.stop();
  });

  async function deliver(revokes: boolean): Promise<string> {
    const { environment, kv } = bench;
    const { version: previousVersion = 0 } = (await kv.read('app/panel')) ?? {};
    const version = await kv.patch('app/panel', previousVersion, { password: 'new' });
    const report = (): void => undefined;
    const delivery = new WorkloadDelivery({ environment, kubernetes, kv, report, pollMs: 1, refreshTimeoutMs: 0 });
    const published = { path: 'app/panel', fields: ['password'], version, previousVersion, label: 'r' };
    return await delivery.deliver({ ...published, revokes }).then(
      () => 'delivered',
      (error: unknown) => String(error),
    );
  }

  it('gets the old values back', async () => {
    const old = await bench.kv.read('app/panel');
    expect(await deliver(false)).toContain('the old values were published again, as version 3');
    expect((await bench.kv.read('app/panel'))?.data).toEqual(old?.data);
  });

  it('keeps the new ones where the old ones are revoked, and says so', async () => {
    expect(await deliver(true)).toMatch(/is it running\?; the new values stay, because the old ones are revoked$/);
    expect(await bench.kv.read('app/panel')).toMatchObject({ version: 2, data: { password: 'new' } });
  });
});

describe('a rollout that is stuck before a rotation goes on', () => {
  const kinds = ['Deployment', 'ExternalSecret'];
  const stuck = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'chat', generation: 1 },
    spec: { template: { metadata: { annotations: { 'rollout.nivesh-secrets/app.panel.password': 'one.replace.2' } } } },
    status: {
      // Of a review of access.
      allowed: true,
      observedGeneration: 1,
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
      ],
    },
    resources: kinds.map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: true })),
  };
  const server = new ApiServer(() => ({ body: stuck }));
  let bench: RotationBench;

  beforeAll(async () => {
    bench = await RotationBench.start();
  });

  afterAll(async () => {
    await bench.stop();
    await server.stop();
  });

  it('is a problem, except for the rotation that started it, and the one that breaks that off', async () => {
    const { environment, kv } = bench;
    const kubernetes = await server.start();
    const delivery = new WorkloadDelivery({ environment, kubernetes, kv, report: () => undefined });
    const found = async (...rotations: string[]): Promise<string[]> =>
      (await delivery.check('app/panel', ['password'], { field: 'app/panel.password', rotations })).map(
        ({ what }) => what,
      );
    expect(await found('one')).toEqual([]);
    expect(await found('two', 'one')).toEqual([]);
    expect(await found('two')).toEqual(['a rollout of Deployment app/chat is stuck already']);
    expect(await found()).toEqual(['a rollout of Deployment app/chat is stuck already']);
    await kubernetes.close();
  });
});
