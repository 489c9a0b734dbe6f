import { join } from 'node:path';
import type { PodsLayout } from './layout';

/** Name of the only node. */
export const nodeName = 'nivesh';

/** What kubelet's configuration and command line depend on. */
export interface KubeletOptions {
  readonly layout: PodsLayout;
  /** Address of the node and of kubelet's server; loopback is refused by kubelet. */
  readonly address: string;
  readonly port: number;
  /** PEM certificate authority of the API server's client certificate, which alone is let in. */
  readonly clientCa: string;
  /** File of the configuration. */
  readonly configuration: string;
  readonly kubeconfig: string;
}

/** KubeletConfiguration (https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/). JSON is YAML. */
export function kubeletConfiguration({ layout, address, port, clientCa }: KubeletOptions): string {
  const configuration = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    port,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: clientCa },
    },
    authorization: { mode: 'AlwaysAllow' },
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

/** Arguments of kubelet. */
export function kubeletArguments(options: KubeletOptions): string[] {
  const root = join(options.layout.runtimeFolder, 'kubelet');
  return [
    `--config=${options.configuration}`,
    `--kubeconfig=${options.kubeconfig}`,
    `--root-dir=${root}`,
    `--cert-dir=${join(root, 'pki')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${options.address}`,
  ];
}
