import { readFile, writeFile } from 'node:fs/promises';
import { tagImage } from './ctr';
import { checkReferences, fullReference, nodeImage } from './images';
import type { PodsLayout } from './layout';

/**
 * Gives the node image more names, and remembers them.
 * @throws CliError for names that no image can have
 */
export async function addStandIns(layout: PodsLayout, references: Iterable<string>): Promise<void> {
  const given = [...references];
  checkReferences(given);
  const names = new Set([...(await readStandIns(layout)), ...given.map(fullReference)]);
  await writeFile(layout.standIns, JSON.stringify([...names].sort(), undefined, 2));
  await applyStandIns(layout);
}

/** Gives the node image the names that were remembered: a new containerd knows none. */
export async function applyStandIns(layout: PodsLayout): Promise<void> {
  for (const name of await readStandIns(layout)) {
    await tagImage(layout, nodeImage, name);
  }
}

async function readStandIns(layout: PodsLayout): Promise<string[]> {
  return JSON.parse(await readFile(layout.standIns, 'utf8').catch(() => '[]')) as string[];
}
