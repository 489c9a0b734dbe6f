import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentError, usageError } from '../../cli/errors';
import type { KubernetesClient } from '../../kubernetes/client';
import { listOwnedPods, type OwnedPod } from '../../kubernetes/pods';
import type { SecretValue } from '../../values/secret-value';
import { gatewayOf } from './cni';
import { execInContainer } from './ctr';
import type { PodsLayout } from './layout';
import { readNetwork } from './network';
import { processEnvironment, type RunningContainer, runningContainers } from './process-environment';
import { addStandIns } from './stand-ins';

/** Which pods are meant: by the name of their workload, or by their own. */
export interface PodSelector {
  readonly workload: string;
  /** @default - every namespace */
  readonly namespace?: string | undefined;
}

/** The real pods of a platform. */
export class Pods {
  constructor(
    readonly layout: PodsLayout,
    private readonly kubernetes: KubernetesClient,
  ) {}

  /** Address by which pods reach the machine: a server that they use must listen there, not on loopback. */
  get gateway(): string {
    return gatewayOf(readNetwork(this.layout));
  }

  /**
   * Lets the node image stand in for others, by their names, so that manifests run as they are where nothing can be
   * pulled; also after the next start. Not for `imagePullPolicy: Always`, nor for images named by a digest.
   * @param references as manifests have them, such as `nivesh/backend:1.0.0`
   */
  async standInFor(references: Iterable<string>): Promise<void> {
    await addStandIns(this.layout, references);
  }

  /** Containers whose process runs. */
  async containers(namespace?: string): Promise<RunningContainer[]> {
    return await runningContainers(this.layout, this.kubernetes, namespace);
  }

  /** The variables that the process of a container was started with, from the kernel. */
  async environmentOf(container: Pick<RunningContainer, 'pid'>): Promise<ReadonlyMap<string, SecretValue>> {
    return await processEnvironment(container.pid);
  }

  /**
   * Runs a program in the first running container of a workload, on our streams.
   * @returns its exit code
   * @throws CliError when no container of it runs
   */
  async exec(selector: PodSelector, command: readonly string[], terminal: boolean): Promise<number> {
    const containers = (await this.containers(selector.namespace)).filter((container) => isMeant(container, selector));
    const container = containers[0];
    if (!container) {
      await this.select(selector);
      throw environmentError(
        `no container of ${selector.workload} runs`,
        'see why with "nivesh-secrets platform pods --environment <name>"',
      );
    }
    return await execInContainer(this.layout, { containerId: container.containerId, command, terminal });
  }

  /**
   * The last lines that a workload's containers wrote, those of several pods with the pod's name before them.
   * @throws CliError when there is no such workload
   */
  async logs(selector: PodSelector, lines: number): Promise<string[]> {
    const logs = await this.readLogs(await this.select(selector));
    return lines === 0 ? [] : logs.flatMap((log) => log.lines.slice(-lines));
  }

  /**
   * Hands over what a workload's containers write from now on, those of later pods included; between two pods it waits.
   * @throws CliError when there is no such workload
   */
  async followLogs(selector: PodSelector, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    const begun = await this.readLogs(await this.select(selector));
    const seen = new Map(begun.map(({ file, lines }) => [file, lines.length]));
    while (!signal.aborted) {
      await delay(300, undefined, { signal }).catch(() => undefined);
      for (const { file, lines } of await this.readLogs(await this.find(selector))) {
        lines.slice(seen.get(file) ?? 0).forEach(onLine);
        seen.set(file, lines.length);
      }
    }
  }

  /** What each container of some pods wrote since each of its starts. */
  private async readLogs(pods: readonly OwnedPod[]): Promise<{ file: string; lines: string[] }[]> {
    const logs = await Promise.all(
      pods.map(async ({ pod: { metadata } }) => {
        const prefix = pods.length === 1 ? '' : `${metadata.name}: `;
        const folder = join(this.layout.logs, `${metadata.namespace}_${metadata.name}_${metadata.uid ?? ''}`);
        const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
        const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
        return await Promise.all(
          files.sort().map(async (file) => {
            const lines = parseContainerLog(await readFile(file, 'utf8').catch(() => ''));
            return { file, lines: lines.map((line) => prefix + line) };
          }),
        );
      }),
    );
    return logs.flat();
  }

  private async find(selector: PodSelector): Promise<OwnedPod[]> {
    const all = await listOwnedPods(this.kubernetes, selector.namespace);
    return all.filter((owned) => isMeant(owned, selector));
  }

  private async select(selector: PodSelector): Promise<OwnedPod[]> {
    const selected = await this.find(selector);
    if (selected.length === 0) {
      const all = await listOwnedPods(this.kubernetes, selector.namespace);
      const allowed = [...new Set(all.map(({ owner }) => owner.name))].sort().join(', ');
      throw usageError(
        `no pods of "${selector.workload}"${selector.namespace === undefined ? '' : ` in namespace ${selector.namespace}`}, workloads with pods: ${allowed || 'none'}`,
        'correct the name, or apply its manifest',
      );
    }
    return selected;
  }
}

function isMeant({ pod, owner }: OwnedPod, { workload }: PodSelector): boolean {
  return owner.name === workload || pod.metadata.name === workload;
}

/**
 * The text in a log of the container runtime interface: `<time> <stream> <F or P> <text>`, where P is a part of a line
 * (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
 */
export function parseContainerLog(log: string): string[] {
  const lines: string[] = [];
  let part = '';
  for (const line of log.split('\n')) {
    const [, tag, text] = /^\S+ std(?:out|err) ([FP])\S* ?(.*)$/.exec(line) ?? [];
    if (tag !== undefined) {
      part += text ?? '';
      if (tag === 'F') {
        lines.push(part);
        part = '';
      }
    }
  }
  return part === '' ? lines : [...lines, part];
}
