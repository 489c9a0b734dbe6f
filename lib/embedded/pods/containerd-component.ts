import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Component } from '../components/component';
import { writePrivateFile } from '../layout';
import { ControlGroup, systemGroup } from './cgroups';
import { removePods } from './cleanup';
import { cniConfiguration, makeBridge } from './cni';
import { cniFolder, containerdConfiguration } from './containerd';
import { answers, importImage } from './ctr';
import { ensureImages, pauseImage } from './images';
import { type PodsLayout, podsLayout } from './layout';
import { PodsNamespace } from './namespace';
import { chooseNetwork } from './network';
import { checkPodRequirements } from './requirements';
import { applyStandIns } from './stand-ins';

/** `f_type` of an overlay file system, on which there can be no other (https://man7.org/linux/man-pages/man2/statfs.2.html). */
const overlayFileSystem = 0x794c7630;

function configurationFile(layout: PodsLayout): string {
  return join(layout.folder, 'containerd.toml');
}

/** Runs containers: a containerd of the platform's own, beside one that the machine may have. */
export const containerd: Component = {
  name: 'containerd',
  after: [],
  ports: [],
  address: ({ layout }) => `unix://${podsLayout(layout.root).socket}`,

  prepare: async (context) => {
    const layout = podsLayout(context.layout.root);
    const { cniPlugins } = checkPodRequirements();
    await removePods(layout);
    await mkdir(cniFolder(layout), { recursive: true, mode: 0o700 });
    await mkdir(layout.runtimeFolder, { recursive: true, mode: 0o700 });
    const group = await ControlGroup.at(layout.cgroup);
    await group.make(systemGroup);
    await new PodsNamespace(layout, group).prepare();
    const network = await chooseNetwork(layout);
    await makeBridge(network);
    await writePrivateFile(
      join(cniFolder(layout), '10-pods.conflist'),
      cniConfiguration(network, join(layout.folder, 'addresses')),
    );
    const snapshotter = (await statfs(layout.folder)).type === overlayFileSystem ? 'native' : 'overlayfs';
    await writePrivateFile(
      configurationFile(layout),
      containerdConfiguration({ layout, pauseImage, cniPlugins, snapshotter }),
    );
  },

  args: ({ layout }) => [`--config=${configurationFile(podsLayout(layout.root))}`],

  wrap: async ({ layout }, program) => {
    const pods = podsLayout(layout.root);
    return new PodsNamespace(pods, await ControlGroup.at(pods.cgroup)).asFirst(program);
  },

  answers: async ({ layout }) => await answers(podsLayout(layout.root)),

  setUp: async ({ layout }) => {
    const pods = podsLayout(layout.root);
    for (const image of await ensureImages()) {
      await importImage(pods, image);
    }
    await applyStandIns(pods);
  },

  isReady: async ({ layout }) => await answers(podsLayout(layout.root)),

  cleanUp: async ({ layout }) => {
    await removePods(podsLayout(layout.root));
  },
};
