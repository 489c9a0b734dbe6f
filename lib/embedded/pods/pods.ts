import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentError, usageError } from '../../cli/errors';
import type { KubernetesClient } from '../../kubernetes/client';
import { listOwnedPods, type OwnedPod } from '../../kubernetes/pods';
import type { SecretValue } from '../../values/secret-value';
import { gatewayOf } from './cni';
import { execInContainer, tagImage } from './ctr';
import { fullReference, nodeImage } from './images';
import type { PodsLayout } from './layout';
import { readNetwork } from './network';
import { processEnvironment, type RunningContainer, runningContainers } from './process-environment';

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
   * pulled. Not for `imagePullPolicy: Always`, nor for images named by a digest.
   * @param references as manifests have them, such as `nivesh/backend:1.0.0`
   */
  async standInFor(references: Iterable<string>): Promise<void> {
    for (const reference of new Set(references)) {
      await tagImage(this.layout, nodeImage, fullReference(reference));
    }
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
    const selected = await this.select(selector);
    const logs = await Promise.all(
      selected.map(async ({ pod }) => {
        const text = await this.logOf(pod.metadata.namespace, pod.metadata.name, pod.metadata.uid ?? '', lines);
        return selected.length === 1 ? text : text.map((line) => `${pod.metadata.name}: ${line}`);
      }),
    );
    return logs.flat();
  }

  private async logOf(namespace: string, name: string, uid: string, lines: number): Promise<string[]> {
    const folder = join(this.layout.logs, `${namespace}_${name}_${uid}`);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const texts = await Promise.all(files.sort().map(async (file) => await readFile(file, 'utf8')));
    return lines === 0 ? [] : texts.flatMap(parseContainerLog).slice(-lines);
  }

  private async select(selector: PodSelector): Promise<OwnedPod[]> {
    const all = await listOwnedPods(this.kubernetes, selector.namespace);
    const selected = all.filter((owned) => isMeant(owned, selector));
    if (selected.length === 0) {
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
