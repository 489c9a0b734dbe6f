import fc from 'fast-check';
import { compareProperties, formatPath } from '../../../lib/embedded/providers/diff';
import { unknownValue } from '../../../lib/embedded/providers/values';

const record = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.array(fc.string())), {
  noNullPrototype: true,
});

describe('the difference of properties', () => {
  it('names the smallest properties that differ', () => {
    const before = { spec: { rules: [{ verbs: ['get'] }], gone: 1, same: { a: 1 } } };
    const after = { spec: { rules: [{ verbs: ['get', 'list'] }], same: { a: 1 }, made: true } };
    expect(Object.fromEntries(compareProperties(before, after))).toMatchInlineSnapshot(`
{
  "spec.gone": {
    "kind": "delete",
  },
  "spec.made": {
    "kind": "add",
  },
  "spec.rules[0].verbs[1]": {
    "kind": "add",
  },
}
`);
  });

  it('is empty between equal properties only', () => {
    fc.assert(
      fc.property(record, record, (left, right) => {
        expect(compareProperties(left, left).size).toBe(0);
        expect(compareProperties(left, right).size === 0).toBe(
          JSON.stringify(sorted(left)) === JSON.stringify(sorted(right)),
        );
      }),
    );
  });

  it('has a value that is not known yet, also where the old one was not', () => {
    expect(compareProperties({ a: unknownValue }, { a: unknownValue }).get('a')).toEqual({ kind: 'update' });
  });

  it('quotes names that would be taken for a path', () => {
    expect(formatPath(['metadata', 'labels', 'app.kubernetes.io/name'])).toBe(
      'metadata.labels["app.kubernetes.io/name"]',
    );
    expect(formatPath(['a', 0, 'say "x"[]'])).toBe('a[0]["say \\"x\\"[]"]');
  });
});

function sorted(properties: object): [string, unknown][] {
  return Object.entries(properties).sort(([left], [right]) => (left < right ? -1 : 1));
}
