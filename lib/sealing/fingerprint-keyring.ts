import { type FingerprintContext, FingerprintKey } from './fingerprint-key';
import type { SealedEntry } from './sealed-file';
import type { VariableValue } from './variable-values';

/** The fingerprint keys of one sealed file that the given values open. Slots are slow to open, so no more than needed. */
export class FingerprintKeyring {
  readonly #opened: FingerprintKey[] = [];
  readonly #unopened: (() => FingerprintKey | undefined)[];
  readonly #canHold: boolean;
  #fresh: FingerprintKey | undefined;

  constructor(entries: ReadonlyMap<string, SealedEntry>, values: ReadonlyMap<string, VariableValue>) {
    this.#canHold = [...values.values()].some(({ strength }) => strength === 'anchor');
    this.#unopened = [...entries].flatMap(([variable, { slot }]) => {
      const given = values.get(variable);
      return slot === undefined || !given ? [] : [() => FingerprintKey.open(slot, given.value)];
    });
  }

  /** Whether an entry was made of this value, as far as the given values can tell. */
  recognises({ fingerprint, ownSlot }: SealedEntry, context: FingerprintContext, { value }: VariableValue): boolean {
    if (fingerprint === undefined) {
      return false;
    }
    if (ownSlot !== undefined) {
      return FingerprintKey.open(ownSlot, value)?.matches(fingerprint, context, value) ?? false;
    }
    const matches = (key: FingerprintKey): boolean => key.matches(fingerprint, context, value);
    while (!this.#opened.some(matches)) {
      if (!this.#openNext()) {
        return false;
      }
    }
    return true;
  }

  /**
   * What goes beside a fresh sealed value: a fingerprint under the file's key, or under a key of its own where the file's
   * is out of reach; nothing for a value that somebody could guess and no other protects.
   */
  bookkeeping(
    context: FingerprintContext,
    { value, strength }: VariableValue,
  ): Pick<SealedEntry, 'fingerprint' | 'slot' | 'ownSlot'> {
    const key = this.#fileKey();
    if (key) {
      const slot = strength === 'anchor' ? { slot: key.slotFor(value) } : {};
      return { fingerprint: key.fingerprint(context, value), ...slot };
    }
    if (strength === 'guessable') {
      return {};
    }
    const own = FingerprintKey.generate();
    return { fingerprint: own.fingerprint(context, value), ownSlot: own.slotFor(value) };
  }

  #fileKey(): FingerprintKey | undefined {
    while (this.#opened.length === 0 && this.#openNext()) {
      // The next slot may be of a value that changed.
    }
    if (this.#opened.length === 0 && this.#canHold) {
      this.#fresh ??= FingerprintKey.generate();
    }
    return this.#opened[0] ?? this.#fresh;
  }

  #openNext(): boolean {
    const open = this.#unopened.shift();
    const key = open?.();
    if (key) {
      this.#opened.push(key);
    }
    return open !== undefined;
  }
}
