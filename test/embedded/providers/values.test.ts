import fc from 'fast-check';
import {
  fromStruct,
  hasUnknown,
  plain,
  type PropertyMap,
  type PropertyValue,
  sameValue,
  secret,
  toStruct,
  unknownValue,
} from '../../../lib/embedded/providers/values';

// The messages cannot carry this one name.
const propertyName = fc.string().filter((name) => name !== '__proto__');
const value = fc.letrec<{ value: PropertyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(propertyName, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const map = fc.dictionary(propertyName, value, { noNullPrototype: true });

describe('property values', () => {
  it('travel unchanged', () => {
    fc.assert(
      fc.property(map, (properties) => {
        expect(sameValue(fromStruct(toStruct(properties)), properties)).toBe(true);
      }),
    );
  });

  it('lose the marks of secrets, wherever they are', () => {
    fc.assert(
      fc.property(map, (properties) => {
        const marked = Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, secret(one)]));
        expect(sameValue(plain({ list: [secret(marked)] }), { list: [properties] })).toBe(true);
      }),
    );
  });

  it('arrive without the properties that are null', () => {
    const properties: PropertyMap = { kept: [null, 1], dropped: null, in: { dropped: null } };
    expect(fromStruct(toStruct(properties))).toEqual({ kept: [null, 1], in: {} });
    expect(fromStruct(undefined)).toEqual({});
  });

  it('are unknown as soon as a part is', () => {
    expect(hasUnknown({ a: [{ b: unknownValue }] })).toBe(true);
    expect(hasUnknown({ a: [{ b: 'known' }], c: true, d: 1 })).toBe(false);
    expect(hasUnknown(undefined)).toBe(false);
  });

  it('are the same whatever the order of properties, not that of lists', () => {
    expect(sameValue({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(sameValue({ b: [1, 2] }, { b: [2, 1] })).toBe(false);
    expect(sameValue({ a: 1 }, { a: 1, b: 1 })).toBe(false);
    expect(sameValue([], {})).toBe(false);
    expect(sameValue(undefined, undefined)).toBe(true);
  });
});
