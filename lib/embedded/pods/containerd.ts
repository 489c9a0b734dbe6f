import { join } from 'node:path';
import type { PodsLayout } from './layout';

/** What containerd's configuration depends on. */
export interface ContainerdOptions {
  readonly layout: PodsLayout;
  /** Image of the process that holds a pod's namespaces. */
  readonly pauseImage: string;
  /** Folder of the CNI plugins. */
  readonly cniPlugins: string;
  /** `overlayfs`, or `native` (copies) where the platform's folder is on an overlay itself. */
  readonly snapshotter: 'overlayfs' | 'native';
}

/** Folder of a platform's CNI configuration. */
export function cniFolder(layout: PodsLayout): string {
  return join(layout.folder, 'cni');
}

/**
 * containerd's configuration, version 2, which 1.6, 1.7 and 2.x read
 * (https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md).
 */
export function containerdConfiguration(options: ContainerdOptions): string {
  const { layout, pauseImage, cniPlugins, snapshotter } = options;
  const runtime = join(layout.runtimeFolder, 'state');
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${quote(join(layout.folder, 'containerd'))}
state = ${quote(runtime)}
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
  address = ${quote(layout.socket)}

[${cri}]
  sandbox_image = ${quote(pauseImage)}
  # A machine that is a container itself may not lower the score, and runc would fail.
  restrict_oom_score_adj = true
  # Network namespaces in our folder instead of /var/run/netns.
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

[${cri}.cni]
  bin_dir = ${quote(cniPlugins)}
  conf_dir = ${quote(cniFolder(layout))}

[${cri}.containerd]
  snapshotter = ${quote(snapshotter)}

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
  Root = ${quote(join(runtime, 'runc'))}
`;
}

/** A TOML basic string escapes as JSON does. */
function quote(text: string): string {
  return JSON.stringify(text);
}
