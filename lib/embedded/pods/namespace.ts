import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Invocation } from '../components/component';
import { type ControlGroup, systemGroup } from './cgroups';
import type { PodsLayout } from './layout';

/** Folders of containerd, the CNI library and kubelet that no option moves. */
const fixedFolders = ['/run/containerd', '/var/lib/cni', '/var/lib/kubelet', '/var/log/containers'];

/** Kernel settings that kubelet and the bridge plugin insist on. */
const kernelSettings: Readonly<Record<string, string>> = {
  '/proc/sys/kernel/keys/root_maxbytes': '25000000',
  '/proc/sys/kernel/keys/root_maxkeys': '1000000',
  '/proc/sys/kernel/panic': '10',
  '/proc/sys/kernel/panic_on_oops': '1',
  '/proc/sys/net/ipv4/ip_forward': '1',
  '/proc/sys/vm/overcommit_memory': '1',
  '/proc/sys/vm/panic_on_oom': '0',
};

const joinGroups = 'while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift';

/** Arguments: files of control groups, `--`, a folder, paths that are replaced by those below it, `--`, the program. */
const replaceAndRun = `set -e
${joinGroups}
private=$1; shift
while [ "$1" != -- ]; do mount --bind "$private$1" "$1"; shift; done; shift
exec "$@"`;

/** Arguments: files of control groups, `--`, the program. */
const run = `set -e
${joinGroups}
exec "$@"`;

/**
 * A mount namespace for containerd, kubelet and what they start
 * (https://man7.org/linux/man-pages/man7/mount_namespaces.7.html). Their mounts end with the last of them, whatever ends
 * it, and the machine never sees one. Their fixed folders are ours in it, and kernel settings are plain files that they
 * may change, so the machine keeps its own.
 */
export class PodsNamespace {
  readonly #private: string;
  readonly #madeFile: string;

  constructor(
    layout: PodsLayout,
    private readonly group: ControlGroup,
  ) {
    this.#private = join(layout.folder, 'private');
    this.#madeFile = join(layout.folder, 'made-folders.json');
  }

  /** Makes what is put in place of the machine's folders and settings. */
  async prepare(): Promise<void> {
    const made = fixedFolders.filter((folder) => !existsSync(folder));
    await mkdir(dirname(this.#madeFile), { recursive: true });
    await writeFile(this.#madeFile, JSON.stringify(made));
    for (const folder of fixedFolders) {
      await mkdir(folder, { recursive: true });
      await mkdir(this.#private + folder, { recursive: true });
    }
    for (const [file, value] of Object.entries(kernelSettings)) {
      await mkdir(dirname(this.#private + file), { recursive: true });
      await writeFile(this.#private + file, value);
    }
  }

  /** Removes the folders that the machine did not have before, unless somebody uses them by now. */
  async removeMadeFolders(): Promise<void> {
    const text = await readFile(this.#madeFile, 'utf8').catch(() => '[]');
    for (const folder of JSON.parse(text) as string[]) {
      await rmdir(folder).catch(() => undefined);
    }
  }

  /** Runs a program as the first of the namespace, and in the control group. */
  asFirst(program: Invocation): Invocation {
    const replaced = [...fixedFolders, ...Object.keys(kernelSettings)].filter((path) => existsSync(path));
    return {
      command: 'unshare',
      args: [
        ...['--mount', '--propagation', 'private', 'sh', '-c', replaceAndRun, 'sh'],
        ...[...this.group.joinFiles(systemGroup), '--'],
        ...[this.#private, ...replaced, '--'],
        ...[program.command, ...program.args],
      ],
    };
  }

  /** Runs a program in the namespace of a process of it, and in the control group. */
  besides(pid: number, program: Invocation): Invocation {
    return {
      command: 'nsenter',
      args: [
        ...[`--mount=/proc/${pid}/ns/mnt`, 'sh', '-c', run, 'sh'],
        ...[...this.group.joinFiles(systemGroup), '--'],
        ...[program.command, ...program.args],
      ],
    };
  }
}
