import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** Where the pods of one platform keep everything, and what they are called on the machine. */
export interface PodsLayout {
  /** The platform's folder, absolute. */
  readonly platform: string;
  /** Eight hexadecimal digits that follow from the platform's folder: two platforms never share a name. */
  readonly id: string;
  /** Configuration, images and logs: below the platform's folder. */
  readonly folder: string;
  /**
   * Sockets and what else does not outlive the pods. The same as `folder`, or a short one under /run where the
   * platform's folder is too long for the address of a Unix socket.
   */
  readonly runtimeFolder: string;
  /** containerd's socket. */
  readonly socket: string;
  /** Network bridge: at most 15 characters, as the kernel allows for an interface. */
  readonly bridge: string;
  /** Control group of every process of the pods, from the root of each hierarchy. */
  readonly cgroup: string;
  /** Names of images that the node image stands in for: kept while the pods do not run. */
  readonly standIns: string;
  /** Log files of containers: `<namespace>_<pod>_<uid>/<container>/<restart>.log`. */
  readonly logs: string;
}

/** Length of `sun_path` without its end mark (https://man7.org/linux/man-pages/man7/unix.7.html). */
const longestSocketPath = 107;

/** The longest of the sockets that kubelet and containerd make in the runtime folder. */
const longestSocketName = 'kubelet/pod-resources/kubelet.sock';

/** Layout of the pods of the platform in a folder; the same for the same folder. */
export function podsLayout(platformFolder: string): PodsLayout {
  const platform = resolve(platformFolder);
  const id = createHash('sha256').update(platform).digest('hex').slice(0, 8);
  const folder = join(platform, 'pods');
  const runtimeFolder = fitsSockets(folder) ? folder : `/run/nivesh-secrets-${id}`;
  return {
    platform,
    id,
    folder,
    runtimeFolder,
    socket: join(runtimeFolder, 'containerd.sock'),
    bridge: `nvs${id}`,
    cgroup: `/nivesh-secrets-${id}`,
    standIns: join(platform, 'stand-ins.json'),
    logs: join(folder, 'logs'),
  };
}

function fitsSockets(folder: string): boolean {
  return Buffer.byteLength(join(folder, longestSocketName)) <= longestSocketPath;
}

/** What a user should know about a layout that is not all in the platform's folder. */
export function explainLayout(layout: PodsLayout): string | undefined {
  if (layout.runtimeFolder === layout.folder) {
    return undefined;
  }
  const room = longestSocketPath - longestSocketName.length - 1;
  return `pods: ${layout.folder} has ${Buffer.byteLength(layout.folder)} bytes and Unix sockets need ${room} or fewer, so sockets are in ${layout.runtimeFolder}`;
}
