import type { KubernetesObject } from '../../lib/kubernetes/client';
import { refreshExternalSecret } from '../../lib/kubernetes/refresh';
import { removeStuckPods, restartWorkload, type RolloutTarget, selectorOf } from '../../lib/kubernetes/rollout';
import { ApiServer } from '../support/api-server';

function workload(selector: unknown): KubernetesObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { selector } };
}

test('writes a selector as a query has it', () => {
  const selector = {
    matchLabels: { app: 'web', 'app.kubernetes.io/part-of': 'shop' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'zone', operator: 'NotIn', values: ['c'] },
      { key: 'public', operator: 'Exists' },
      { key: 'canary', operator: 'DoesNotExist' },
    ],
  };
  expect(selectorOf(workload(selector))).toBe(
    'app=web,app.kubernetes.io/part-of=shop,tier in (a,b),zone notin (c),public,!canary',
  );
});

describe('whoever has lost the right to change something', () => {
  const target: RolloutTarget = { kind: 'StatefulSet', namespace: 'shop', name: 'web' };
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector: {}, template: {} },
    status: { updateRevision: 'new' },
  };
  const stuck = { metadata: { name: 'web-1', namespace: 'shop', labels: { 'controller-revision-hash': 'old' } } };
  /** Of every API group, as discovery has them. */
  const resources = ['StatefulSet', 'Pod'].map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: true }));
  const options = {
    pollMs: 1,
    guard: async (): Promise<void> => {
      await Promise.reject(new Error('another run is at work'));
    },
  };
  const methods: string[] = [];
  let server: ApiServer;

  beforeEach(() => {
    methods.length = 0;
    server = new ApiServer((path, method) => {
      methods.push(method);
      return { body: path.includes('/pods') ? { items: [stuck] } : { ...set, resources } };
    });
  });

  afterEach(async () => {
    await server.stop();
  });

  it.each([
    ['refresh a Secret', refreshExternalSecret],
    [
      'restart a workload',
      async (...[kubernetes]: Parameters<typeof refreshExternalSecret>) =>
        await restartWorkload(kubernetes, target, { annotation: 'for', value: 'r1' }, options),
    ],
    [
      'delete a pod',
      async (...[kubernetes]: Parameters<typeof refreshExternalSecret>) => {
        await removeStuckPods(kubernetes, target, options);
      },
    ],
  ])('fails to %s', async (_, change) => {
    const kubernetes = await server.start();
    const changed = change(kubernetes, { namespace: 'shop', name: 'web' }, options);
    await expect(changed).rejects.toThrow('another run is at work');
    expect(methods.filter((method) => method !== 'GET')).toEqual([]);
    await kubernetes.close();
  });
});
