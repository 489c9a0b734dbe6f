import type { KubernetesObject } from '../../lib/kubernetes/client';
import { conditionOf, describeCondition, holdsCondition } from '../../lib/kubernetes/condition';

function withStatus(status?: unknown): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' }, status };
}

it('finds a condition by its type, and whether it holds', () => {
  const node = withStatus({
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Full', status: 'Unknown' },
    ],
  });
  expect(['Ready', 'Full', 'Gone'].map((type) => conditionOf(node, type)?.status)).toEqual([
    'True',
    'Unknown',
    undefined,
  ]);
  expect(['Ready', 'Full', 'Gone'].map((type) => holdsCondition(node, type))).toEqual([true, false, false]);
});

it.each([undefined, {}, { conditions: null }])('finds none in the status %j', (status) => {
  expect(conditionOf(withStatus(status), 'Ready')).toBeUndefined();
});

it("describes a condition in the controller's words", () => {
  expect(describeCondition({ type: 'Ready', status: 'False', reason: 'Why', message: 'because' })).toBe('Why: because');
  expect(describeCondition({ type: 'Ready', status: 'False' })).toBe('no reason: no message');
});
