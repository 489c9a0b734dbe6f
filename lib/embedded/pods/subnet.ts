import { environmentError } from '../../cli/errors';
import { formatNetwork, type Ipv4Network, overlap, parseNetwork } from './ipv4';

/** Private ranges (https://www.rfc-editor.org/rfc/rfc1918) in the order in which they are tried. */
const ranges = [
  // The lower half of 10.0.0.0/8 is what most networks, and the services of our API server, use.
  { address: 0x0a_80_00_00, prefix: 9 },
  { address: 0xac_10_00_00, prefix: 12 },
  { address: 0xc0_a8_00_00, prefix: 16 },
] as const;

const triesPerRange = 32;

/**
 * A /24 network for the pods of a platform that no route of the machine overlaps: the same for the same platform as
 * long as the machine's routes leave it free.
 * @param id hexadecimal digits of the platform
 * @param taken what the machine's routes take
 * @throws CliError when every candidate is taken
 */
export function chooseSubnet(id: string, taken: readonly Ipv4Network[]): Ipv4Network {
  const free = candidates(id).find((candidate) => !taken.some((network) => overlap(candidate, network)));
  if (!free) {
    throw environmentError(
      `no private network is free for the pods, the machine has routes to ${taken.map(formatNetwork).join(', ')}`,
      'leave one of 10.128.0.0/9, 172.16.0.0/12 and 192.168.0.0/16 a free /24, for example by ending a VPN',
    );
  }
  return free;
}

function candidates(id: string): Ipv4Network[] {
  const seed = Number.parseInt(id, 16);
  return ranges.flatMap(({ address, prefix }) => {
    const networks = 2 ** (24 - prefix);
    return Array.from({ length: triesPerRange }, (_, index) => ({
      address: address + ((seed + index) % networks) * 256,
      prefix: 24,
    }));
  });
}

/** One line of `ip -json route show table all`, as far as it is read. */
export interface IpRoute {
  /** `default`, an address or a network. */
  readonly dst?: string;
}

/**
 * What the machine's routes take, its own addresses included (they are in the table `local`).
 * A network wider than /8 is a default route in parts, as VPNs set it, and takes nothing.
 */
export function takenNetworks(routes: readonly IpRoute[]): Ipv4Network[] {
  return routes
    .map(({ dst }) => parseNetwork(dst ?? ''))
    .filter((network): network is Ipv4Network => network !== undefined && network.prefix >= 8);
}
