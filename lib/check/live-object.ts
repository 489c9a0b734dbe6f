import { KubernetesError, type KubernetesClient, type KubernetesObject } from '../kubernetes/client';

/** An object of the cluster. A cluster without the operator's kinds has none of its objects. */
export async function getOrNothing(
  kubernetes: KubernetesClient,
  apiVersion: string,
  kind: string,
  name: string,
  namespace?: string,
): Promise<KubernetesObject | undefined> {
  try {
    return await kubernetes.get(apiVersion, kind, name, namespace);
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

/** `Kind namespace/name`, as findings name an object. */
export function objectName({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
