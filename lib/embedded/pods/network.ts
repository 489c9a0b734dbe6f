import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentError } from '../../cli/errors';
import { machineNetworks, type PodNetwork } from './cni';
import { formatNetwork, parseNetwork } from './ipv4';
import type { PodsLayout } from './layout';
import { chooseSubnet } from './subnet';

function fileOf(layout: PodsLayout): string {
  return join(layout.folder, 'network');
}

/**
 * Chooses the network of a platform's pods and writes it down for as long as they run.
 * @throws CliError when the machine has no free one
 */
export async function chooseNetwork(layout: PodsLayout): Promise<PodNetwork> {
  const subnet = chooseSubnet(layout.id, await machineNetworks());
  await writeFile(fileOf(layout), formatNetwork(subnet));
  return { bridge: layout.bridge, subnet };
}

/**
 * The network of the running pods.
 * @throws CliError when none run
 */
export function readNetwork(layout: PodsLayout): PodNetwork {
  let text = '';
  try {
    text = readFileSync(fileOf(layout), 'utf8');
  } catch {
    // Told below.
  }
  const subnet = parseNetwork(text);
  if (!subnet) {
    throw environmentError('this platform runs no pods', 'start it with "nivesh-secrets platform up --pods"');
  }
  return { bridge: layout.bridge, subnet };
}
