import { join } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/client';
import type { Component } from '../components/component';
import { kubeconfigOf } from '../identities';
import { writePrivateFile } from '../layout';
import { keepOnlyNode } from '../nodes';
import { ControlGroup } from './cgroups';
import { gatewayOf } from './cni';
import { kubeletArguments, kubeletConfiguration, nodeName } from './kubelet';
import { type PodsLayout, podsLayout } from './layout';
import { PodsNamespace } from './namespace';
import { readNetwork } from './network';

function configurationFile(layout: PodsLayout): string {
  return join(layout.folder, 'kubelet.json');
}

/** Turns pods into containers, as the only node. */
export const kubelet: Component = {
  name: 'kubelet',
  after: ['containerd', 'kube-apiserver'],
  ports: [],
  address: ({ layout }) => gatewayOf(readNetwork(podsLayout(layout.root))),

  prepare: async ({ layout, kubernetes }) => {
    const pods = podsLayout(layout.root);
    await writePrivateFile(configurationFile(pods), kubeletConfiguration(pods));
    await keepOnlyNode(await kubernetes(), nodeName);
  },

  args: ({ layout }) => {
    const pods = podsLayout(layout.root);
    return kubeletArguments({
      layout: pods,
      configuration: configurationFile(pods),
      kubeconfig: kubeconfigOf(layout, 'kubelet'),
      nodeAddress: gatewayOf(readNetwork(pods)),
    });
  },

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
  const { conditions = [] } = node.status as { conditions?: { type: string; status: string }[] };
  return taints.length === 0 && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
