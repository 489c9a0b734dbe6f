import { join } from 'node:path';
import type { PodsLayout } from './layout';

/** Name of the only node. */
export const nodeName = 'nivesh';

/**
 * KubeletConfiguration (https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/). JSON is YAML.
 * Kubelet serves nothing: logs and commands go by way of containerd, so no port can be abused.
 */
export function kubeletConfiguration(layout: PodsLayout): string {
  const configuration = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    enableServer: false,
    healthzPort: 0,
    containerRuntimeEndpoint: `unix://${layout.socket}`,
    podLogsDir: layout.logs,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: layout.cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    // A full disk or a small machine must not evict what somebody tries out.
    enforceNodeAllocatable: [],
    evictionHard: {},
    localStorageCapacityIsolation: false,
    // A pod that waits for its Secret is looked at this often when nothing else wakes it up.
    syncFrequency: '10s',
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}

/** What kubelet's command line depends on. */
export interface KubeletOptions {
  readonly layout: PodsLayout;
  readonly configuration: string;
  readonly kubeconfig: string;
  /** Address of the node; loopback is refused by kubelet. */
  readonly nodeAddress: string;
}

/** Arguments of kubelet. */
export function kubeletArguments(options: KubeletOptions): string[] {
  const root = join(options.layout.runtimeFolder, 'kubelet');
  return [
    `--config=${options.configuration}`,
    `--kubeconfig=${options.kubeconfig}`,
    `--root-dir=${root}`,
    `--cert-dir=${join(root, 'pki')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${options.nodeAddress}`,
  ];
}
