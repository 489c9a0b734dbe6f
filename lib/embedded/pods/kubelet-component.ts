import { join } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/client';
import { holdsCondition } from '../../kubernetes/condition';
import type { Component, ComponentContext } from '../components/component';
import { kubeconfigOf } from '../identities';
import { writePrivateFile } from '../layout';
import { keepOnlyNode } from '../nodes';
import { ControlGroup } from './cgroups';
import { gatewayOf } from './cni';
import { kubeletArguments, kubeletConfiguration, type KubeletOptions, nodeName } from './kubelet';
import { podsLayout } from './layout';
import { PodsNamespace } from './namespace';
import { readNetwork } from './network';

/** Reads the network, which is chosen when containerd is prepared. */
function optionsOf({ layout, port }: ComponentContext): KubeletOptions {
  const pods = podsLayout(layout.root);
  return {
    layout: pods,
    address: gatewayOf(readNetwork(pods)),
    port: port('kubelet'),
    clientCa: layout.pki('kubernetes-ca.crt'),
    configuration: join(pods.folder, 'kubelet.json'),
    kubeconfig: kubeconfigOf(layout, 'kubelet'),
  };
}

/** Turns pods into containers, as the only node. */
export const kubelet: Component = {
  name: 'kubelet',
  after: ['containerd', 'kube-apiserver'],
  // Chosen on loopback, used on the bridge, where everything else is free too.
  ports: ['kubelet'],
  address: (context) => {
    const { address, port } = optionsOf(context);
    return `https://${address}:${port}`;
  },

  prepare: async (context) => {
    const options = optionsOf(context);
    await writePrivateFile(options.configuration, kubeletConfiguration(options));
    await keepOnlyNode(await context.kubernetes(), nodeName);
  },

  args: (context) => kubeletArguments(optionsOf(context)),

  wrap: async ({ layout, pid }, program) => {
    const pods = podsLayout(layout.root);
    return new PodsNamespace(pods, await ControlGroup.at(pods.cgroup)).besides(pid('containerd'), program);
  },

  isReady: async ({ kubernetes }) => {
    const node = await (await kubernetes()).get('v1', 'Node', nodeName);
    return node !== undefined && acceptsPods(node);
  },
};

function acceptsPods(node: KubernetesObject): boolean {
  const { taints = [] } = node.spec as { taints?: unknown[] };
  return taints.length === 0 && holdsCondition(node, 'Ready');
}
