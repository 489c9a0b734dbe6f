import type { KubernetesClient } from '../kubernetes/client';
import type { Pod } from '../kubernetes/pods';

/**
 * Makes room for the only node of a platform: removes what is known of all nodes, and the pods of every other one,
 * which nobody would end when the platform ran with another kind of node before.
 */
export async function keepOnlyNode(kubernetes: KubernetesClient, name: string): Promise<void> {
  const nodes = await kubernetes.list('v1', 'Node');
  if (nodes.some(({ metadata }) => metadata.name !== name)) {
    const pods = (await kubernetes.list('v1', 'Pod')) as Pod[];
    await Promise.all(
      pods
        .filter(({ spec }) => spec?.nodeName !== undefined && spec.nodeName !== name)
        .map(async (pod) => {
          await forceDelete(kubernetes, pod);
        }),
    );
  }
  await Promise.all(
    nodes.map(async ({ metadata }) => {
      await kubernetes.delete('v1', 'Node', metadata.name);
    }),
  );
}

/** Without a kubelet, nobody confirms that a pod has ended, so the API server is told not to wait for it. */
async function forceDelete(kubernetes: KubernetesClient, { metadata }: Pod): Promise<void> {
  const path = await kubernetes.pathOf('v1', 'Pod', metadata.name, metadata.namespace);
  await kubernetes.request('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 });
}
