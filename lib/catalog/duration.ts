import { DeclarationError, quoted } from './problems';

type Unit = 's' | 'm' | 'h' | 'd';
type Part = `${number}${Unit}`;

/**
 * A length of time in Go's notation with days added: `'15m'`, `'1h30m'`, `'31d'`.
 * Go itself has no day (https://pkg.go.dev/time#ParseDuration), so days are written out as hours towards Kubernetes.
 */
export type Duration = Part | `${Part}${Part}` | `${Part}${Part}${Part}`;

const secondsOf: Record<Unit, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const shape = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Whether a text is a duration: units in descending order, whole numbers, more than zero. */
export function isDuration(text: string): text is Duration {
  return text.length > 0 && shape.test(text) && readSeconds(text) > 0;
}

function readSeconds(text: string): number {
  const [, d = '0', h = '0', m = '0', s = '0'] = shape.exec(text) ?? [];
  return Number(d) * secondsOf.d + Number(h) * secondsOf.h + Number(m) * secondsOf.m + Number(s);
}

/**
 * Length in seconds.
 * @throws DeclarationError if the text is not a duration
 */
export function durationSeconds(duration: string): number {
  if (!isDuration(duration)) {
    throw new DeclarationError(`duration ${quoted(duration)}`, [
      {
        path: 'duration',
        what: 'not a length of time',
        got: quoted(duration),
        allowed: 'whole numbers of d, h, m, s in that order, such as "15m", "1h30m", "31d"',
        fix: 'write a number directly before each unit; for "never" leave the option out',
      },
    ]);
  }
  return readSeconds(duration);
}

/**
 * The form in which Go prints the same duration (`1h0m0s`): what the API server stores, so that a second apply
 * changes nothing.
 */
export function goDuration(duration: string): string {
  const total = durationSeconds(duration);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = total % 60;
  if (hours > 0) {
    return `${hours}h${minutes}m${seconds}s`;
  }
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
