import type { KubernetesClient, KubernetesObject } from './client';
import { conditionOf, describeCondition, holdsCondition } from './condition';
import { type ChangeOptions, poll } from './poll';
import { NotDeliveredError } from './rollout-errors';

/** An ExternalSecret by its name. */
export interface ExternalSecretName {
  readonly namespace: string;
  readonly name: string;
}

/** See {@link refreshExternalSecret}. */
export interface RefreshOptions extends ChangeOptions {
  /** Longest time that the operator may take, in milliseconds. @default 120_000 */
  readonly refreshTimeoutMs?: number;
}

/** What the operator says of an ExternalSecret, beside its conditions. */
interface ExternalSecretStatus {
  /** A hash of generation, labels and annotations of the object that the operator synchronised last. */
  readonly syncedResourceVersion?: string;
}

export const externalSecretApi = 'external-secrets.io/v1';

/** The annotation that the operator's documentation has for this; any change of an annotation makes it read again. */
const refreshAnnotation = 'force-sync';

/**
 * Makes External Secrets Operator read Vault, and waits until it has. No right to read Secrets is needed: a changed
 * annotation changes `status.syncedResourceVersion`, and the operator cannot store a status that it made before the
 * change, because the API server takes updates of the newest version only. So what it stores after the change comes
 * from a read after the change (https://external-secrets.io/latest/introduction/faq/#can-i-manually-trigger-a-secret-refresh).
 * @throws NotDeliveredError with the operator's words when it does not succeed in time
 */
export async function refreshExternalSecret(
  kubernetes: KubernetesClient,
  { namespace, name }: ExternalSecretName,
  options: RefreshOptions = {},
): Promise<void> {
  const { refreshTimeoutMs = 120_000 } = options;
  const object = { apiVersion: externalSecretApi, kind: 'ExternalSecret', metadata: { name, namespace } };
  const annotations = { [refreshAnnotation]: new Date().toISOString() };
  const asked = await poll(async () => {
    await options.guard?.();
    return await kubernetes.patch(object, { metadata: { annotations } });
  }, options);
  const before = statusOf(asked).syncedResourceVersion;
  const deadline = Date.now() + refreshTimeoutMs;
  await poll(async () => {
    const found = await kubernetes.get(externalSecretApi, 'ExternalSecret', name, namespace);
    if (found && isSynchronised(found) && statusOf(found).syncedResourceVersion !== before) {
      return true;
    }
    if (Date.now() > deadline) {
      const seconds = refreshTimeoutMs / 1000;
      throw new NotDeliveredError(
        `ExternalSecret ${namespace}/${name} was not refreshed within ${seconds} s: ${found ? reasonOf(found) : 'it was deleted'}`,
      );
    }
    return undefined;
  }, options);
}

/** Whether the operator says that the Secret is as it should be. */
export function isSynchronised(externalSecret: KubernetesObject): boolean {
  return holdsCondition(externalSecret, 'Ready');
}

/** Why an ExternalSecret is not synchronised, in the operator's words. */
export function reasonOf(externalSecret: KubernetesObject): string {
  const condition = conditionOf(externalSecret, 'Ready');
  if (!condition || condition.status === 'True') {
    return 'the operator has not looked at it; is it running?';
  }
  return describeCondition(condition);
}

function statusOf({ status }: KubernetesObject): ExternalSecretStatus {
  return status ?? {};
}
