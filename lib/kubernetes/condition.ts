import type { KubernetesObject } from './client';

/**
 * One thing that a controller says of an object
 * (https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties).
 */
export interface Condition {
  readonly type: string;
  /** `True`, `False` or `Unknown`. */
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The condition of a type in an object's status. The API server writes null before there is any. */
export function conditionOf({ status }: KubernetesObject, type: string): Condition | undefined {
  const { conditions } = (status ?? {}) as { conditions?: readonly Condition[] | null };
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of a type is true. */
export function holdsCondition(object: KubernetesObject, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}

/** In the controller's words: `SecretSyncedError: could not get secret data`. */
export function describeCondition({ reason = 'no reason', message = 'no message' }: Condition): string {
  return `${reason}: ${message}`;
}
