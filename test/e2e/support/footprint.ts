import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What is on the machine besides files: everything that pods could leave behind. */
export interface Footprint {
  /** Processes that have to do with a folder, by their command line. */
  readonly processes: readonly string[];
  /** Mount points, in the namespace of this process. */
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly cgroups: readonly string[];
  /** Namespaces of networks and mounts that any process is in: a mount that keeps one would show above. */
  readonly namespaces: number;
  /** Kernel settings that kubelet and CNI plugins like to change. */
  readonly settings: Readonly<Record<string, string>>;
  /** Folders that containerd, kubelet and CNI plugins make by themselves. */
  readonly folders: readonly string[];
}

const settings = [
  'kernel/keys/root_maxbytes',
  'kernel/panic',
  'kernel/panic_on_oops',
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
];

const folders = ['/run/containerd', '/run/netns', '/var/lib/cni', '/var/lib/kubelet', '/var/log/containers'];

/** Looks at the machine. @param directory folder of the platform whose processes are looked for */
export function footprint(directory: string): Footprint {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return {
    processes: pids.filter((pid) => hasToDoWith(pid, directory)).map((pid) => textOf(`/proc/${pid}/cmdline`)),
    mounts: textOf('/proc/self/mountinfo')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .sort(),
    interfaces: readdirSync('/sys/class/net').sort(),
    cgroups: readdirSync('/sys/fs/cgroup', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort(),
    namespaces: new Set(pids.flatMap((pid) => ['net', 'mnt'].map((kind) => linkOf(`/proc/${pid}/ns/${kind}`)))).size,
    settings: Object.fromEntries(settings.map((name) => [name, textOf(`/proc/sys/${name}`).trim()])),
    folders: folders.filter((folder) => listOf(folder) !== undefined),
  };
}

/** By its arguments, its variables, or the files that it was started from. */
function hasToDoWith(pid: string, directory: string): boolean {
  return (
    Number(pid) !== process.pid &&
    ['cmdline', 'environ', 'mountinfo'].some((file) => textOf(`/proc/${pid}/${file}`).includes(directory))
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

function listOf(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
