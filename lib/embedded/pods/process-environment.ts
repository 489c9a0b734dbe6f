import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesClient } from '../../kubernetes/client';
import { listOwnedPods, type OwnedPod } from '../../kubernetes/pods';
import { SecretValue } from '../../values/secret-value';
import { runningProcesses } from './ctr';
import type { PodsLayout } from './layout';

/** A container whose process runs. */
export interface RunningContainer extends OwnedPod {
  readonly container: string;
  readonly containerId: string;
  /** Number of its process on the machine. */
  readonly pid: number;
}

/**
 * Variables that kubelet and the container runtime give every process, whatever the manifest says: where the API server
 * is (kubelet, from the Service `kubernetes`), and the name and path that a process expects (containerd, runc).
 * Other Services of the namespace add theirs unless the pod has `enableServiceLinks: false`
 * (https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables).
 */
export const runtimeVariables: readonly string[] = [
  'HOME',
  'HOSTNAME',
  'KUBERNETES_PORT',
  'KUBERNETES_PORT_443_TCP',
  'KUBERNETES_PORT_443_TCP_ADDR',
  'KUBERNETES_PORT_443_TCP_PORT',
  'KUBERNETES_PORT_443_TCP_PROTO',
  'KUBERNETES_SERVICE_HOST',
  'KUBERNETES_SERVICE_PORT',
  'KUBERNETES_SERVICE_PORT_HTTPS',
  'PATH',
];

/** Containers of a namespace, or of all, whose process runs; pods that are ending are left out. */
export async function runningContainers(
  layout: PodsLayout,
  kubernetes: KubernetesClient,
  namespace?: string,
): Promise<RunningContainer[]> {
  const [pods, processes] = await Promise.all([listOwnedPods(kubernetes, namespace), runningProcesses(layout)]);
  return pods
    .filter(({ pod }) => pod.metadata.deletionTimestamp === undefined)
    .flatMap((owned) =>
      (owned.pod.status?.containerStatuses ?? []).flatMap(({ name, containerID }) => {
        const containerId = containerID?.replace('containerd://', '') ?? '';
        const pid = processes.get(containerId);
        return pid === undefined ? [] : [{ ...owned, container: name, containerId, pid }];
      }),
    );
}

/** The variables of a running process as the kernel has them: those that it was started with. */
export async function processEnvironment(pid: number): Promise<ReadonlyMap<string, SecretValue>> {
  await untilExecuted(pid);
  return parseEnvironment(await readFile(`/proc/${pid}/environ`, 'utf8'));
}

/** Reads `NAME=value` parts that end with NUL (https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html). */
export function parseEnvironment(text: string): ReadonlyMap<string, SecretValue> {
  return new Map(
    text
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry) => {
        const end = entry.indexOf('=');
        return [entry.slice(0, end), new SecretValue(entry.slice(end + 1))];
      }),
  );
}

/** A container counts as running a moment before runc has become its program. */
async function untilExecuted(pid: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while ((await readFile(`/proc/${pid}/comm`, 'utf8')).startsWith('runc') && Date.now() < deadline) {
    await delay(10);
  }
}
