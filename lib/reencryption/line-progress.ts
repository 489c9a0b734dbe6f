import type { Progress } from './reencrypt';

const lineInterval = 10_000;

/** A line now and then: at the beginning and the end of a target, and every ten seconds between. */
export class LineProgress implements Progress {
  #target = '';
  #total = 0;
  #done = 0;
  #shown = 0;

  constructor(private readonly print: (line: string) => void) {}

  start(target: string, values: number): void {
    [this.#target, this.#total, this.#done] = [target, values, 0];
    this.#show();
  }

  add(values: number): void {
    this.#done += values;
    if (Date.now() - this.#shown >= lineInterval) {
      this.#show();
    }
  }

  end(): void {
    this.#show();
  }

  #show(): void {
    this.#shown = Date.now();
    this.print(`${this.#target}: ${this.#done} of ${this.#total} values`);
  }
}
