/** An IPv4 network, as the number of its first address and the length of its prefix. */
export interface Ipv4Network {
  readonly address: number;
  readonly prefix: number;
}

/**
 * Reads `10.1.2.0/24`, or `10.1.2.3` as one address; bits behind the prefix are cleared.
 * Nothing for anything else.
 */
export function parseNetwork(text: string): Ipv4Network | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) {
    return undefined;
  }
  const bytes = match.slice(1, 5).map(Number);
  const prefix = Number(match[5] ?? 32);
  if (bytes.some((byte) => byte > 255) || prefix > 32) {
    return undefined;
  }
  const address = bytes.reduce((number, byte) => number * 256 + byte, 0);
  return { address: first(address, prefix), prefix };
}

/** `10.1.2.0/24`. */
export function formatNetwork(network: Ipv4Network): string {
  return `${formatAddress(network.address)}/${network.prefix}`;
}

/** `10.1.2.3`. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** Whether two networks have an address in common. */
export function overlap(a: Ipv4Network, b: Ipv4Network): boolean {
  const prefix = Math.min(a.prefix, b.prefix);
  return first(a.address, prefix) === first(b.address, prefix);
}

function first(address: number, prefix: number): number {
  const size = 2 ** (32 - prefix);
  return Math.floor(address / size) * size;
}
