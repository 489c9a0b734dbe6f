import { inspect } from 'node:util';

/**
 * A secret in memory. Printing it, logging it or putting it in JSON shows a placeholder; only {@link reveal} gives it
 * out, so that every place that does is found by searching for one word.
 */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that delivers it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
