import fc from 'fast-check';
import { formatAddress, formatNetwork, overlap, parseNetwork } from '../../../lib/embedded/pods/ipv4';

const network = fc
  .record({ address: fc.integer({ min: 0, max: 2 ** 32 - 1 }), prefix: fc.integer({ min: 0, max: 32 }) })
  .map(({ address, prefix }) => parseNetwork(`${formatAddress(address)}/${prefix}`))
  .filter((parsed) => parsed !== undefined);

test('reads what it writes', () => {
  fc.assert(
    fc.property(network, (given) => {
      expect(parseNetwork(formatNetwork(given))).toEqual(given);
    }),
  );
});

test('reads an address as a network of one, and clears the bits behind a prefix', () => {
  expect(parseNetwork('10.1.2.3')).toEqual({ address: 0x0a_01_02_03, prefix: 32 });
  expect(parseNetwork('10.1.2.3/24')).toEqual({ address: 0x0a_01_02_00, prefix: 24 });
  expect(parseNetwork('255.255.255.255/0')).toEqual({ address: 0, prefix: 0 });
});

test.each(['default', '', '10.1.2', '10.1.2.256', '10.1.2.3/33', 'fd00::/64', '10.1.2.3/24 '])(
  'fails to read %j',
  (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  },
);

test('networks overlap when one holds an address of the other', () => {
  fc.assert(
    fc.property(network, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (outer, position) => {
      const address = outer.address + Math.floor(position * 2 ** (32 - outer.prefix));
      const inner = { address, prefix: 32 };
      expect(overlap(outer, inner)).toBe(true);
      expect(overlap(inner, outer)).toBe(true);
    }),
  );
});

test('neighbours do not overlap', () => {
  expect(overlap({ address: 0x0a_00_01_00, prefix: 24 }, { address: 0x0a_00_02_00, prefix: 24 })).toBe(false);
});
