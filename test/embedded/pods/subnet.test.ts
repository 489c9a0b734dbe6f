import fc from 'fast-check';
import { formatNetwork, overlap, parseNetwork } from '../../../lib/embedded/pods/ipv4';
import { chooseSubnet, takenNetworks } from '../../../lib/embedded/pods/subnet';

const id = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((number) => number.toString(16).padStart(8, '0'));
const networks = (...texts: string[]) => texts.map(parseNetwork).filter((network) => network !== undefined);
const routes = fc.array(
  fc.record({ address: fc.integer({ min: 0, max: 2 ** 24 - 1 }), prefix: fc.integer({ min: 16, max: 24 }) }),
  { maxLength: 20 },
);

test('never overlaps a route, and is the same for the same platform', () => {
  fc.assert(
    fc.property(id, routes, (platform, given) => {
      const taken = given.flatMap(({ address, prefix }) =>
        networks(`10.${address >>> 16}.${(address >>> 8) & 255}.0/${prefix}`),
      );
      const chosen = chooseSubnet(platform, taken);
      expect(taken.filter((network) => overlap(network, chosen))).toEqual([]);
      expect(chosen).toMatchObject({ prefix: 24 });
      expect(chooseSubnet(platform, taken)).toEqual(chosen);
    }),
  );
});

test('two platforms have networks of their own, and a taken one moves on to the next', () => {
  const [first, second] = [chooseSubnet('0000abcd', []), chooseSubnet('0000abce', [])];
  expect([first, second].map(formatNetwork)).toEqual(['10.171.205.0/24', '10.171.206.0/24']);
  expect(chooseSubnet('0000abcd', [first])).toEqual(second);
});

test('leaves 10.0.0.0/8 to a VPN that has it', () => {
  expect(formatNetwork(chooseSubnet('0000abcd', networks('10.0.0.0/8')))).toMatch(/^172\./);
});

test('fails when every private network is taken', () => {
  const taken = networks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16');
  expect(() => chooseSubnet('0000abcd', taken)).toThrow(
    'no private network is free for the pods, the machine has routes to 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16',
  );
});

test('default routes, whole or in the halves that VPNs set, take nothing', () => {
  const given = ['default', '0.0.0.0/1', '128.0.0.0/1', '192.0.2.0/24', '10.8.0.1', 'fe80::/64'].map((dst) => ({
    dst,
  }));
  expect(takenNetworks([...given, {}]).map(formatNetwork)).toEqual(['192.0.2.0/24', '10.8.0.1/32']);
});
