import { execFile } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { environmentError } from '../../cli/errors';
import { findVersion } from '../toolchain/tools';
import { cgroupMounts } from './cgroups';

/** What a machine has of what pods need. */
export interface MachineFacts {
  /** Node's name of the operating system. */
  readonly platform: string;
  /** Effective user. */
  readonly uid: number;
  /** Effective capabilities, a bit each (https://man7.org/linux/man-pages/man7/capabilities.7.html). */
  readonly capabilities: bigint;
  /** Programs that were found. */
  readonly programs: ReadonlySet<string>;
  /** What `containerd --version` says. */
  readonly containerdVersion: string;
  /** Folder of the CNI plugins, where one has them all. */
  readonly cniPlugins: string | undefined;
  /** Whether control groups are mounted. */
  readonly controlGroups: boolean;
}

/** Program to the Debian package that brings it. */
const packageOfProgram: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  ldd: 'libc-bin',
  mount: 'mount',
  nsenter: 'util-linux',
  tar: 'tar',
  unshare: 'util-linux',
};

const cniPlugins = ['bridge', 'host-local', 'loopback'] as const;

/** Where Debian, the upstream archive and Fedora put the CNI plugins. */
const cniFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'] as const;

/** Bits of CAP_NET_ADMIN and CAP_SYS_ADMIN. */
const neededCapabilities = (1n << 12n) | (1n << 21n);

/** What a machine lacks for pods, a phrase each with what brings it; none when it has all. */
export function missingForPods(facts: MachineFacts): string[] {
  if (facts.platform !== 'linux') {
    return [`Linux (this is ${facts.platform})`];
  }
  const missing: string[] = [];
  if (facts.uid !== 0) {
    missing.push(`root (this is user ${facts.uid})`);
  } else if ((facts.capabilities & neededCapabilities) !== neededCapabilities) {
    missing.push('the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN (this is root in a container without them)');
  }
  for (const [program, brings] of Object.entries(packageOfProgram)) {
    if (!facts.programs.has(program)) {
      missing.push(`${program} (package ${brings})`);
    }
  }
  const containerd = findVersion(facts.containerdVersion);
  if (containerd?.major === 1 && containerd.minor < 6) {
    missing.push(`containerd 1.6 or later (here is ${containerd.text}; package containerd of Debian 12 or later)`);
  }
  if (facts.cniPlugins === undefined) {
    missing.push(`the CNI plugins ${cniPlugins.join(', ')} (package containernetworking-plugins)`);
  }
  if (!facts.controlGroups) {
    missing.push('control groups (mount /sys/fs/cgroup)');
  }
  return missing;
}

/** What pods use of a machine that has everything. */
export interface PodRequirements {
  /** Folder of the CNI plugins. */
  readonly cniPlugins: string;
}

/**
 * Checks that the machine can run pods.
 * @throws CliError with one line that names everything missing and the packages that bring it
 */
export async function checkPodRequirements(): Promise<PodRequirements> {
  const facts = await machineFacts();
  const missing = missingForPods(facts);
  if (facts.cniPlugins === undefined || missing.length > 0) {
    throw environmentError(
      `this machine cannot run pods, it lacks ${missing.join(', ')}`,
      'run as root on Linux after "apt-get install containerd runc containernetworking-plugins", or leave --pods out',
    );
  }
  return { cniPlugins: facts.cniPlugins };
}

/** Looks at this machine. */
export async function machineFacts(): Promise<MachineFacts> {
  const found = await Promise.all(
    Object.keys(packageOfProgram).map(async (program) => ((await isOnPath(program)) ? [program] : [])),
  );
  const programs = new Set(found.flat());
  return {
    platform: process.platform,
    uid: process.geteuid?.() ?? -1,
    capabilities: capabilitiesOf(await readFile('/proc/self/status', 'utf8').catch(() => '')),
    programs,
    containerdVersion: programs.has('containerd') ? await containerdVersion() : '',
    cniPlugins: await findCniPlugins(),
    controlGroups: cgroupMounts(await readFile('/proc/mounts', 'utf8').catch(() => '')).length > 0,
  };
}

/** The line `CapEff` of /proc/<pid>/status, as a number. */
export function capabilitiesOf(status: string): bigint {
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

async function containerdVersion(): Promise<string> {
  return (await promisify(execFile)('containerd', ['--version'])).stdout;
}

async function findCniPlugins(): Promise<string | undefined> {
  for (const folder of cniFolders) {
    const has = await Promise.all(cniPlugins.map(async (plugin) => await isExecutable(join(folder, plugin))));
    if (has.every(Boolean)) {
      return folder;
    }
  }
  return undefined;
}

async function isOnPath(program: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = await Promise.all(folders.map(async (folder) => await isExecutable(join(folder, program))));
  return found.includes(true);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
