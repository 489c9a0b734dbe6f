/** Why a rotation cannot go on, in one line, and how it can. Never a value. */
export class RotationError extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
    this.name = 'RotationError';
  }
}

/** A server that the rotation needs is unreachable, refuses, or failed meanwhile: the same command goes on afterwards. */
export class RotationServerError extends RotationError {
  constructor(message: string, fix: string) {
    super(message, fix);
    this.name = 'RotationServerError';
  }
}
