/** Exit codes of every verb: fine, findings, wrong use, environment (unreachable, forbidden, missing). */
export const exitCode = { fine: 0, findings: 1, usage: 2, environment: 3 } as const;

/** Why a verb could not do its work, in one line, and how to go on. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly code: 1 | 2 | 3,
    /** The change or the command that mends it. */
    readonly fix?: string,
  ) {
    super(message);
    this.name = 'CliError';
  }
}

/** A wrong option, argument or declaration. */
export function usageError(message: string, fix?: string): CliError {
  return new CliError(message, exitCode.usage, fix);
}

/** Something outside is missing, unreachable or forbidden. */
export function environmentError(message: string, fix?: string): CliError {
  return new CliError(message, exitCode.environment, fix);
}
