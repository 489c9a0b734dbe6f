/** The parts of a verification. */
export type CheckName = 'delivery' | 'freshness' | 'access' | 'drift' | 'rotation' | 'values';

/** One thing that is not as declared. */
export interface VerifyFinding {
  readonly check: CheckName;
  /** What it is about: a workload, `Kind namespace/name`, `policy name`, `role name`, `path.field`. */
  readonly object: string;
  /** The field of the object, where one can be named. */
  readonly field?: string;
  /** What is wrong, in lower case; never a secret value. */
  readonly message: string;
  /** The change or the command that mends it. */
  readonly fix: string;
}

/** `object field: message` on one line. */
export function formatFinding({ object, field, message }: VerifyFinding): string {
  return `${object}${field === undefined ? '' : ` ${field}`}: ${message}`;
}
