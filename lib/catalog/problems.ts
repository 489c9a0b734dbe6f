import { brandKey, hasBrand } from './brand';

/**
 * One mistake in a declaration, in the four parts that a reader needs to mend it.
 */
export interface Problem {
  /** Where: a construct or declaration path such as `workloads.nivesh-backend.env.JWT_SECRET`. */
  readonly path: string;
  /** What is wrong, in lower case. */
  readonly what: string;
  /** What was given; never a secret value. */
  readonly got: string;
  /** What is allowed. */
  readonly allowed: string;
  /** The change that mends it. */
  readonly fix: string;
}

/** `path: what, got G, allowed A, fix: F` on one line. */
export function formatProblem(problem: Problem): string {
  return `${problem.path}: ${problem.what}, got ${problem.got}, allowed: ${problem.allowed}, fix: ${problem.fix}`;
}

/**
 * All mistakes of a declaration, thrown once.
 * @param subject what was checked, for example `catalog "nivesh"`
 */
export class DeclarationError extends Error {
  static {
    Object.defineProperty(this.prototype, brandKey('DeclarationError'), { value: true });
  }

  static override [Symbol.hasInstance](candidate: unknown): boolean {
    return hasBrand(candidate, 'DeclarationError');
  }

  readonly problems: readonly Problem[];

  constructor(subject: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super([`${subject} has ${count}`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join('\n'));
    this.name = 'DeclarationError';
    this.problems = [...problems];
  }
}

/** Throws one {@link DeclarationError} if there is any problem. */
export function throwProblems(subject: string, problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new DeclarationError(subject, problems);
  }
}

/** A value as it was given, quoted and cut, for messages. Not for secret values. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
