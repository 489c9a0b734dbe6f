import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentError } from '../../cli/errors';
import { signal } from '../process';

/** Child group of containerd and kubelet; the pods are in the child `kubepods` that kubelet makes. */
export const systemGroup = 'system';

/** Child group of the pods, named by kubelet. */
export const podsGroup = 'kubepods';

/**
 * Where control groups are mounted: one place with version 2, one a controller with version 1
 * (https://man7.org/linux/man-pages/man7/cgroups.7.html).
 * @param mounts text of /proc/mounts
 */
export function cgroupMounts(mounts: string): string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '']) => path)
    .sort();
}

/** A control group that exists in every hierarchy, so that whatever runs in it is found without a list of processes. */
export class ControlGroup {
  readonly #folders: readonly string[];

  private constructor(
    path: string,
    private readonly mounts: readonly string[],
  ) {
    this.#folders = mounts.map((mount) => join(mount, path));
  }

  /**
   * A group that may exist or not.
   * @param path from the root of each hierarchy
   * @param mounts @default - those of the machine; none where it has no control groups
   */
  static async at(path: string, mounts?: readonly string[]): Promise<ControlGroup> {
    return new ControlGroup(path, mounts ?? cgroupMounts(await readFile('/proc/mounts', 'utf8').catch(() => '')));
  }

  /** Whether it is there, in any hierarchy. */
  exists(): boolean {
    return this.#folders.some((folder) => existsSync(folder));
  }

  /** Makes the group and a child in it. Without children a group of version 2 could not hold processes and pods. */
  async make(child: string): Promise<void> {
    for (const mount of this.mounts) {
      await handDownControllers(mount);
    }
    for (const folder of this.#folders) {
      await makeGroup(folder);
      await makeGroup(join(folder, child));
    }
  }

  /** Files to which a process writes its number to join a child, one a hierarchy. */
  joinFiles(child: string): string[] {
    return this.#folders.map((folder) => join(folder, child, 'cgroup.procs'));
  }

  /** Every process in the group or in one child of it, with all below. */
  async processes(child = ''): Promise<number[]> {
    const lists = await Promise.all(
      this.#folders.map(async (folder) => {
        const groups = await groupsBelow(join(folder, child));
        return await Promise.all(groups.map(processesOf));
      }),
    );
    return [...new Set(lists.flat(2))].sort((a, b) => a - b);
  }

  /**
   * Ends every process in the group or in one child: asks, waits, then insists.
   * @throws CliError when a process outlives SIGKILL, which happens in the kernel only (a hung disk)
   */
  async end(options: { readonly child?: string; readonly graceMs: number }): Promise<void> {
    const { child = '', graceMs } = options;
    if (graceMs > 0) {
      send(await this.processes(child), 'SIGTERM');
      await this.waitUntilEmpty(child, graceMs);
    }
    const deadline = Date.now() + 10_000;
    for (let left = await this.processes(child); left.length > 0; left = await this.processes(child)) {
      if (Date.now() > deadline) {
        throw environmentError(`processes ${left.join(', ')} do not end, not even by SIGKILL`, 'look at them with ps');
      }
      send(left, 'SIGKILL');
      await delay(20);
    }
  }

  private async waitUntilEmpty(child: string, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline && (await this.processes(child)).length > 0) {
      await delay(50);
    }
  }

  /** Removes the empty group. The kernel lets go of ended processes a moment after they are gone. */
  async remove(): Promise<void> {
    for (const folder of this.#folders) {
      for (const group of (await groupsBelow(folder)).reverse()) {
        await removeGroup(group);
      }
    }
  }
}

/** What kubelet insists on in its group, where the kernel has it. */
const controllersOfKubelet = ['cpu', 'cpuset', 'hugetlb', 'memory', 'pids'];

/**
 * With version 2, groups below the root have the controllers that the root hands down; systemd leaves `cpuset` and
 * `hugetlb` out. With version 1 there are no such files.
 */
async function handDownControllers(mount: string): Promise<void> {
  const file = join(mount, 'cgroup.subtree_control');
  const namesIn = async (path: string): Promise<string[]> =>
    (await readFile(path, 'utf8').catch(() => '')).split(/\s+/).filter(Boolean);
  const [available, handedDown] = await Promise.all([namesIn(join(mount, 'cgroup.controllers')), namesIn(file)]);
  for (const name of controllersOfKubelet.filter((one) => available.includes(one) && !handedDown.includes(one))) {
    await writeFile(file, `+${name}`);
  }
}

/** A new group of the controller `cpuset`, version 1, admits nobody until it has processors and memory. */
async function makeGroup(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = await readFile(join(folder, file), 'utf8').catch(() => undefined);
    const parent = await readFile(join(folder, '..', file), 'utf8').catch(() => undefined);
    if (own?.trim() === '' && parent !== undefined && parent.trim() !== '') {
      await writeFile(join(folder, file), parent.trim());
    }
  }
}

/** A group and all below it, parents first. */
async function groupsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (!entries) {
    return [];
  }
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return [folder, ...folders].sort();
}

async function processesOf(group: string): Promise<number[]> {
  const text = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
  // A process of a foreign process namespace reads as 0, and a signal to 0 would reach ourselves.
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

function send(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    signal({ pid }, name);
  }
}

async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') {
        return;
      }
      if (code !== 'EBUSY' || attempt === 100) {
        throw error;
      }
      await delay(50);
    }
  }
}
