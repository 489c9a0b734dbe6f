import { createHash } from 'node:crypto';
import type { RestartMark } from '../kubernetes/rollout';
import type { PublishedVersion } from './value-delivery';

/** The name of an annotation, after its prefix, may have 63 characters. */
const longestName = 63;

/** Annotation of a pod template that tells for which version of a Vault path its pods were restarted. */
export function restartAnnotation(path: string): string {
  const name = path.replaceAll('/', '.');
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return `rollout.nivesh-secrets/${name.length > longestName ? `${name.slice(0, longestName - 9)}-${digest}` : name}`;
}

/** Marks pods that were restarted for the new values, or for the old ones again. */
export function restartMarkOf(
  { path, label }: PublishedVersion,
  values: 'published' | 'republished' = 'published',
): RestartMark {
  return { annotation: restartAnnotation(path), value: values === 'published' ? label : `${label}.back` };
}

/** Whether a mark is of a rotation's restart for new values. */
export function isRestartOf(rotation: string, mark: string | undefined): boolean {
  return mark !== undefined && mark.startsWith(`${rotation}.`) && !mark.endsWith('.back');
}
