import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { formatAddress, formatNetwork, type Ipv4Network } from './ipv4';
import { type IpRoute, takenNetworks } from './subnet';

const execute = promisify(execFile);

/** The network of a platform's pods. */
export interface PodNetwork {
  readonly bridge: string;
  readonly subnet: Ipv4Network;
}

/** Address of the machine on the bridge: what pods reach the machine by, and the node's address. */
export function gatewayOf(network: PodNetwork): string {
  return formatAddress(network.subnet.address + 1);
}

/** Networks that the machine's routes take. */
export async function machineNetworks(): Promise<Ipv4Network[]> {
  const { stdout } = await execute('ip', ['-json', 'route', 'show', 'table', 'all']);
  return takenNetworks(JSON.parse(stdout) as IpRoute[]);
}

/** Makes the bridge with the gateway's address on it. */
export async function makeBridge(network: PodNetwork): Promise<void> {
  const { bridge, subnet } = network;
  await execute('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await execute('ip', ['address', 'add', `${gatewayOf(network)}/${subnet.prefix}`, 'dev', bridge]);
  await execute('ip', ['link', 'set', bridge, 'up']);
}

/** Removes a bridge; fine where there is none. */
export async function removeBridge(bridge: string): Promise<void> {
  if (existsSync(`/sys/class/net/${bridge}`)) {
    await execute('ip', ['link', 'delete', bridge]);
  }
}

/**
 * The list of CNI plugins (https://www.cni.dev/docs/spec/): every pod has an address that the machine reaches, and
 * nothing is translated or forwarded, so pods reach the machine and each other only.
 * @param dataFolder where addresses in use are written down
 */
export function cniConfiguration(network: PodNetwork, dataFolder: string): string {
  const gateway = gatewayOf(network);
  const ranges = [[{ subnet: formatNetwork(network.subnet), gateway }]];
  return JSON.stringify(
    {
      cniVersion: '0.4.0',
      name: network.bridge,
      plugins: [
        {
          type: 'bridge',
          bridge: network.bridge,
          isGateway: true,
          ipMasq: false,
          hairpinMode: true,
          ipam: { type: 'host-local', dataDir: dataFolder, ranges, routes: [{ dst: '0.0.0.0/0' }] },
        },
      ],
    },
    undefined,
    2,
  );
}
