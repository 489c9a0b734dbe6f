import fc from 'fast-check';
import { deliveryObjects, describe as describeDrift } from '../../lib/check/cluster-drift';
import { objectDrift, valueDrift } from '../../lib/check/drift';
import type { KubernetesObject } from '../../lib/kubernetes/client';
import { shopEnvironment } from '../support/environment';

const store = deliveryObjects(shopEnvironment()).find(({ kind }) => kind === 'ClusterSecretStore');
if (!store) {
  throw new Error('there is a store');
}
const declared: KubernetesObject = store;

interface Copy {
  readonly metadata: object;
  readonly spec: { readonly provider: { readonly vault: object } };
}

/** The object as the API server returns it, changed. */
function live(change: (object: Copy) => void = () => undefined): KubernetesObject {
  const object = JSON.parse(JSON.stringify(declared)) as Copy;
  Object.assign(object, { status: { conditions: [] } });
  Object.assign(object.metadata, { uid: 'u', managedFields: [], labels: { 'somebody-elses': 'label' } });
  change(object);
  return object as unknown as KubernetesObject;
}

describe('objectDrift', () => {
  it('finds nothing in what the API server and others add to metadata and status', () => {
    expect(objectDrift(declared, live())).toEqual([]);
  });

  it('names the field that was changed, added or removed', () => {
    const changed = live(({ spec }) => {
      Object.assign(spec.provider.vault, { server: 'https://elsewhere:8200', namespace: 'team', version: undefined });
    });
    expect(objectDrift(declared, changed)).toEqual([
      { field: 'spec.provider.vault.server', declared: 'https://vault:8200', live: 'https://elsewhere:8200' },
      { field: 'spec.provider.vault.version', declared: 'v2' },
      { field: 'spec.provider.vault.namespace', live: 'team' },
    ]);
  });

  it('names an annotation of ours that is gone', () => {
    const changed = live(({ metadata }) => Object.assign(metadata, { annotations: { other: 'one' } }));
    expect(objectDrift(declared, changed).map(({ field }) => field)).toEqual([
      'metadata.annotations.pulumi.com/waitFor',
    ]);
  });
});

describe('valueDrift', () => {
  it('is empty for equal values, and only for those', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const copy = JSON.parse(JSON.stringify(one)) as unknown;
        expect(valueDrift('f', one, copy)).toEqual([]);
        // What holds nothing is the same as what is not there.
        const full = (value: unknown): string =>
          JSON.stringify(value, (_, inner: unknown) =>
            inner === null ||
            inner === '' ||
            (typeof inner === 'object' && Object.values(inner).every((item) => item === undefined))
              ? undefined
              : inner,
          );
        if (valueDrift('f', one, other).length === 0) {
          expect(Array.isArray(one) || Array.isArray(other) || full(one) === full(other)).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['a list that is longer', ['a'], ['a', 'b'], [{ field: 'f[1]', live: 'b' }]],
    ['a list that is shorter', ['a', 'b'], ['a'], [{ field: 'f[1]', declared: 'b' }]],
    ['another kind of value', { a: 1 }, 'a', [{ field: 'f', declared: { a: 1 }, live: 'a' }]],
    ['a value that is nothing', undefined, {}, []],
  ])('sees %s', (_, one, other, expected) => {
    expect(valueDrift('f', one, other)).toEqual(expected);
  });
});

describe('what is printed of drift', () => {
  it.each([
    [describeDrift('a', 'b', false), 'got "b", declared "a"'],
    [describeDrift('a', undefined, false), 'it is gone, declared "a"'],
    [describeDrift(undefined, ['b'], false), 'it was added, got "[\\"b\\"]"'],
    [describeDrift('a', 'pasted value', true), 'it was changed'],
    [describeDrift(undefined, 'pasted value', true), 'it was added'],
    [describeDrift('a', undefined, true), 'it is gone'],
  ])('%s', (words, expected) => {
    expect(words).toBe(expected);
  });
});
