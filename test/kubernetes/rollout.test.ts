import type { KubernetesObject } from '../../lib/kubernetes/client';
import { selectorOf } from '../../lib/kubernetes/rollout';

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
