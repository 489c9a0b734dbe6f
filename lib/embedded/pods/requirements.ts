import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
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
export function checkPodRequirements(facts: MachineFacts = machineFacts()): PodRequirements {
  const missing = missingForPods(facts);
  if (facts.cniPlugins === undefined || missing.length > 0) {
    throw environmentError(
      `this machine cannot run pods, it lacks ${missing.join(', ')}`,
      `${fixFor(missing)}, or leave --pods out`,
    );
  }
  return { cniPlugins: facts.cniPlugins };
}

/** What to do about it, in terms of Debian where packages are missing. */
function fixFor(missing: readonly string[]): string {
  const packages = [...new Set(missing.flatMap((phrase) => /package ([a-z0-9-]+)/.exec(phrase)?.[1] ?? []))];
  const after = packages.length > 0 ? ` after "apt-get install ${packages.join(' ')}"` : '';
  if (missing.some((phrase) => phrase.startsWith('root '))) {
    return `run as root${after}`;
  }
  return after === '' ? 'use a machine that has it' : `run it again${after}`;
}

/** Looks at this machine. */
export function machineFacts(): MachineFacts {
  const programs = new Set(Object.keys(packageOfProgram).filter(isOnPath));
  return {
    platform: process.platform,
    uid: process.geteuid?.() ?? -1,
    capabilities: capabilitiesOf(textOf('/proc/self/status')),
    programs,
    containerdVersion: programs.has('containerd')
      ? execFileSync('containerd', ['--version'], { encoding: 'utf8', stdio: 'pipe' })
      : '',
    cniPlugins: cniFolders.find((folder) => cniPlugins.every((plugin) => isExecutable(join(folder, plugin)))),
    controlGroups: cgroupMounts(textOf('/proc/mounts')).length > 0,
  };
}

/** The line `CapEff` of /proc/<pid>/status, as a number. */
export function capabilitiesOf(status: string): bigint {
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isOnPath(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
