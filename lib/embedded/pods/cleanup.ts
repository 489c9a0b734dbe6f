import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { removeBridge } from './cni';
import { ControlGroup, podsGroup } from './cgroups';
import type { PodsLayout } from './layout';
import { PodsNamespace } from './namespace';

/** How long the processes of pods may take to end by themselves. */
const podGraceMs = 3_000;

/**
 * Removes all that the pods of a platform left on the machine: processes, and with them their mounts and network
 * namespaces, then control groups, bridge and files. Only what the control group and the bridge of this platform say
 * is touched, so it needs no record, and it is fine where there is nothing, or after any part was killed.
 * @returns whether there was anything
 */
export async function removePods(layout: PodsLayout): Promise<boolean> {
  const group = await ControlGroup.at(layout.cgroup);
  if (!group.exists() && !existsSync(`/sys/class/net/${layout.bridge}`) && !existsSync(layout.folder)) {
    return false;
  }
  await group.end({ child: podsGroup, graceMs: podGraceMs });
  await group.end({ graceMs: 0 });
  await group.remove();
  await removeBridge(layout.bridge);
  await new PodsNamespace(layout, group).removeMadeFolders();
  await rm(layout.runtimeFolder, { recursive: true, force: true });
  await rm(layout.folder, { recursive: true, force: true });
  return true;
}
