import fc from 'fast-check';
import { fromVault, sameFieldValue, wrongType } from '../../../../lib/embedded/providers/vault/field-values';

describe('the values of a field', () => {
  it('are the same for a set in any order, for a list only in one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), (values) => {
        const reversed = [...values].reverse();
        expect(sameFieldValue({ type: 'set' }, values, reversed)).toBe(true);
        expect(sameFieldValue({ type: 'list' }, values, reversed)).toBe(false);
      }),
    );
  });

  it.each([
    ['string', ''],
    ['number', 0],
    ['boolean', false],
    ['list', []],
    ['map', {}],
  ] as const)('that are empty mean none, for a %s', (type, empty) => {
    expect(sameFieldValue({ type }, undefined, empty)).toBe(true);
    expect(fromVault({ type }, null, undefined)).toEqual(empty);
  });

  it('keep the form of the program where they mean the same', () => {
    expect(fromVault({ type: 'set' }, ['a', 'b'], ['b', 'a'])).toEqual(['b', 'a']);
    expect(fromVault({ type: 'set' }, ['a', 'c'], ['b', 'a'])).toEqual(['a', 'c']);
  });

  it('come from durations as seconds', () => {
    expect(fromVault({ type: 'number' }, '3h25m19s', undefined)).toBe(12_319);
    expect(fromVault({ type: 'number' }, '0s', undefined)).toBe(0);
  });

  it('get back the prefix of a single address', () => {
    const field = { type: 'cidrs' } as const;
    expect(fromVault(field, ['10.0.0.1', 'fd00::1', '10.0.0.0/8'], undefined)).toEqual([
      '10.0.0.1/32',
      'fd00::1/128',
      '10.0.0.0/8',
    ]);
  });

  it.each([
    [{ type: 'string' }, 1, 'must be a string, got a number'],
    [{ type: 'number' }, '900', 'must be a whole number, got a string'],
    [{ type: 'number' }, 1.5, 'must be a whole number, got a fraction'],
    [{ type: 'boolean' }, 'true', 'must be true or false, got a string'],
    [{ type: 'set' }, 'a', 'must be a list of strings, got a string'],
    [{ type: 'list' }, [1], 'must be a list of strings, got a list of other values'],
    [{ type: 'map' }, { a: 1 }, 'must be an object of strings, got an object of other values'],
  ] as const)('fails for %p on %p', (field, value, reason) => {
    expect(wrongType(field, value)).toBe(reason);
  });
});
