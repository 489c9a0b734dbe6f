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
