/** What is to be ended, newest first. */
export class Ends {
  readonly #ends: (() => unknown)[] = [];

  add(end: () => unknown): void {
    this.#ends.unshift(end);
  }

  async run(): Promise<void> {
    for (const end of this.#ends.splice(0)) {
      await end();
    }
  }
}
