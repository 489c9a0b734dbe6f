import { environments } from '../../environments';
import type { LocatedObject } from '../../lib/check/repository/model';
import { checkGuardrails, guardrails } from '../../lib/guardrails/rules';
import type { Manifest } from '../../lib/kubernetes';
import { isDeliveredInCluster } from '../../lib/kubernetes';
import { niveshObjects } from '../../stacks/workloads';

const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name: 'registry' } };
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name: 'web' },
  spec: { containers: [{ name: 'web', envFrom: [{ secretRef: { name: 'registry' } }] }] },
};

function at(file: string, manifest: Manifest, environment?: string): LocatedObject {
  return { manifest, locate: () => ({ file }), ...(environment === undefined ? {} : { environment }) };
}

function found(objects: readonly LocatedObject[], secretsMadeElsewhere: readonly string[] = []): string[] {
  return checkGuardrails(guardrails, objects, { secretsMadeElsewhere }).map(
    ({ rule, location, message }) => `${rule} ${location.file}: ${message}`,
  );
}

describe('checkGuardrails', () => {
  it.each(environments.filter(isDeliveredInCluster).map((environment) => [environment.name, environment] as const))(
    'finds nothing in what is made for %s',
    (name, environment) => {
      const objects = niveshObjects(environment) as Manifest[];
      expect(found(objects.map((manifest) => at(name, manifest)))).toEqual([]);
    },
  );

  it('takes Secrets that something else makes for made, with any key', () => {
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'registry', key: 'any' } } }];
    const user = { ...pod, spec: { containers: [{ name: 'web', env }] } };
    expect(found([at('a', user)])).toHaveLength(1);
    expect(found([at('a', user)], ['shop/registry'])).toEqual([]);
  });

  it('tells of an object that is made twice where it stands again, each cluster by itself', () => {
    expect(found([at('one', secret), at('two', secret), at('three', { ...secret, kind: 'ConfigMap' })])).toEqual([
      'object-made-twice two: Secret shop/registry is made more than once',
    ]);
    expect(found([at('one', secret, 'staging'), at('two', secret, 'production')])).toEqual([]);
  });

  it('gives every rule a name of its own', () => {
    expect(new Set(guardrails.map(({ id }) => id)).size).toBe(guardrails.length);
  });
});
