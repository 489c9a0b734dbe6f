/** Something will not come about by waiting: what was begun should be taken back. */
export class NotDeliveredError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotDeliveredError';
  }
}

/** Nothing is wrong, but something from before has not ended yet: the same call succeeds later. */
export class NotYetDeliveredError extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
    this.name = 'NotYetDeliveredError';
  }
}
