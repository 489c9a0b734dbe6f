import { IdSet } from './id-set';
import type { Place } from './log-line';

/** A half of a call whose other half is missing. */
export interface Unpaired<T> {
  readonly entry: T;
  readonly place: Place;
}

/**
 * Finds the answers of calls, each once, although several devices record it, in several files, in any order.
 */
export class Pairing<T> {
  readonly #answered = new IdSet();
  readonly #unanswered = new Map<string, Unpaired<T>>();
  readonly #unasked = new Map<string, Place>();
  #duplicates = 0;

  /** Takes a request. */
  ask(id: string, entry: T, place: Place): void {
    if (this.#answered.has(id)) {
      this.#unasked.delete(id);
    } else if (!this.#unanswered.has(id)) {
      this.#unanswered.set(id, { entry, place });
    }
  }

  /**
   * Takes a response.
   * @param place @default - its request is not expected to be known
   * @returns whether it is the first one of its request
   */
  answer(id: string, place?: Place): boolean {
    if (this.#answered.has(id)) {
      this.#duplicates++;
      return false;
    }
    this.#answered.add(id);
    if (!this.#unanswered.delete(id) && place) {
      this.#unasked.set(id, place);
    }
    return true;
  }

  /** Requests without an answer. */
  get unanswered(): readonly Unpaired<T>[] {
    return [...this.#unanswered.values()];
  }

  /** Places of answers without a request. */
  get unasked(): readonly Place[] {
    return [...this.#unasked.values()];
  }

  /** Answers that another device had recorded already. */
  get duplicates(): number {
    return this.#duplicates;
  }
}
