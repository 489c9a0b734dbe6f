import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { markOf } from '../process';
import type { PodsLayout } from './layout';

const execute = promisify(execFile);

/** A `ctr` whose parent was killed is found by its mark, and ended with the platform. */
function environmentFor({ platform }: PodsLayout): NodeJS.ProcessEnv {
  return { ...process.env, ...markOf(platform) };
}

/** Runs `ctr` to its end; gives its standard output. */
async function ctr(layout: PodsLayout, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('ctr', ctrArguments(layout, ...args), { env: environmentFor(layout) });
  return stdout;
}

/** Arguments of `ctr` for the containers that kubelet makes. */
export function ctrArguments(layout: PodsLayout, ...args: readonly string[]): string[] {
  return ['--address', layout.socket, '--namespace', 'k8s.io', ...args];
}

/** Whether containerd answers. */
export async function answers(layout: PodsLayout): Promise<boolean> {
  try {
    await ctr(layout, '--connect-timeout', '1s', 'version');
    return true;
  } catch {
    return false;
  }
}

/** Loads an image from a tar of an OCI layout. */
export async function importImage(layout: PodsLayout, tar: string): Promise<void> {
  await ctr(layout, 'images', 'import', tar);
}

/** Gives an image one more name. */
export async function tagImage(layout: PodsLayout, name: string, newName: string): Promise<void> {
  await ctr(layout, 'images', 'tag', '--force', name, newName);
}

/** Process number of each running container, by its id. */
export async function runningProcesses(layout: PodsLayout): Promise<Map<string, number>> {
  return parseTasks(await ctr(layout, 'tasks', 'list'));
}

/** Reads the table of `ctr tasks list`: task, process, status. */
export function parseTasks(table: string): Map<string, number> {
  return new Map(
    table
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , status]) => status === 'RUNNING')
      .map(([id = '', pid]) => [id, Number(pid)]),
  );
}

/** How a program in a container is run; see {@link execInContainer}. */
export interface ContainerExec {
  readonly containerId: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Whether it is given the terminal. */
  readonly terminal: boolean;
}

let sequence = 0;

/** Runs a program beside a container's own, with its user and variables, on our streams; gives its exit code. */
export async function execInContainer(layout: PodsLayout, exec: ContainerExec): Promise<number> {
  sequence += 1;
  const id = `exec-${process.pid}-${sequence}`;
  const terminal = exec.terminal ? ['--tty'] : [];
  const args = ctrArguments(
    layout,
    ...['tasks', 'exec', '--exec-id', id, ...terminal],
    // By default in /run/containerd, which containerd does not see.
    ...['--fifo-dir', join(layout.runtimeFolder, 'fifo')],
    ...[exec.containerId, ...exec.command],
  );
  return await new Promise((resolve, reject) => {
    const child = spawn('ctr', args, { stdio: 'inherit', env: environmentFor(layout) });
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}
