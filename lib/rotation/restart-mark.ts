import { createHash } from 'node:crypto';
import type { RestartMark } from '../kubernetes/rollout';
import type { PublishedVersion } from './value-delivery';

/** The name of an annotation, after its prefix, may have 63 characters. */
const longestName = 63;

/** Annotation of a pod template that tells for which version of a rotated field, or of a path, its pods were restarted. */
export function restartAnnotation(rotated: string): string {
  const name = rotated.replaceAll('/', '.');
  const digest = createHash('sha256').update(rotated).digest('hex').slice(0, 8);
  // It must end with a letter or a digit too.
  const fits = name.length <= longestName && /[A-Za-z0-9]$/.test(name);
  return `rollout.nivesh-secrets/${fits ? name : `${name.slice(0, longestName - 9)}-${digest}`}`;
}

/** Marks pods that were restarted for the new values, or for the old ones again. */
export function restartMarkOf(
  { path, label, rotated = path }: PublishedVersion,
  values: 'published' | 'republished' = 'published',
): RestartMark {
  return { annotation: restartAnnotation(rotated), value: values === 'published' ? label : `${label}.back` };
}

/** Whether a mark is of a restart of one of some rotations for new values. */
export function isRestartOf(rotations: readonly string[], mark: string | undefined): boolean {
  return mark !== undefined && !mark.endsWith('.back') && rotations.some((id) => mark.startsWith(`${id}.`));
}
