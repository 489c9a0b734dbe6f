import { type FingerprintContext, FingerprintKey } from './fingerprint-key';
import type { SealedEntry } from './sealed-file';
import type { VariableValue } from './variable-values';
import type { SecretValue } from '../values/secret-value';

/** More than one slot of a key, so that it outlives a changed value; few, because each takes a while. */
const mostNewSlots = 4;

/**
 * The two keys of one sealed file. Fingerprints of random values are under a key that any of these values gives out.
 * Fingerprints of values that somebody could guess are under a key that only random values of this very workload give
 * out: who knows a password that workloads share cannot test guesses with it.
 */
export class FingerprintKeyring {
  readonly #randomKey: SlottedKey;
  readonly #guardKey: SlottedKey;

  constructor(entries: ReadonlyMap<string, SealedEntry>, values: ReadonlyMap<string, VariableValue>) {
    const slots = (
      slotOf: (entry: SealedEntry) => string | undefined,
      holderOf: (value: VariableValue) => SecretValue | undefined,
    ) =>
      [...entries].flatMap(([variable, entry]): Slot[] => {
        const given = values.get(variable);
        const [slot, holder] = [slotOf(entry), given && holderOf(given)];
        return slot === undefined || !holder ? [] : [{ slot, holder }];
      });
    const given = [...values.values()];
    this.#randomKey = new SlottedKey(
      slots(
        ({ keySlot }) => keySlot,
        ({ value }) => value,
      ),
      given.some(({ isRandom }) => isRandom),
    );
    this.#guardKey = new SlottedKey(
      slots(
        ({ guardSlot }) => guardSlot,
        ({ guard }) => guard,
      ),
      given.some(({ guard }) => guard),
    );
  }

  /** Whether an entry was made of this value, as far as the given values can tell. */
  recognises({ fingerprint }: SealedEntry, context: FingerprintContext, { value, isRandom }: VariableValue): boolean {
    return (
      fingerprint !== undefined &&
      (isRandom ? this.#randomKey : this.#guardKey).some((key) => key.matches(fingerprint, context, value))
    );
  }

  /** Whether the given values can tell at all if an entry was made of this one. */
  canTell({ fingerprint, keySlot }: SealedEntry, { isRandom }: VariableValue): boolean {
    // A value that no longer opens its own slot is another one.
    const isOther = isRandom && keySlot !== undefined;
    return fingerprint !== undefined && (isOther || (isRandom ? this.#randomKey : this.#guardKey).isOpen);
  }

  /** What goes beside a fresh sealed value; nothing for one that somebody could guess and no other value protects. */
  bookkeeping(
    context: FingerprintContext,
    { value, isRandom, guard }: VariableValue,
  ): Pick<SealedEntry, 'fingerprint' | 'keySlot' | 'guardSlot'> {
    const fingerprint = (isRandom ? this.#randomKey : this.#guardKey).current()?.fingerprint(context, value);
    const keySlot = isRandom ? this.#randomKey.newSlot(value) : undefined;
    const guardSlot = guard && this.#guardKey.newSlot(guard);
    return {
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(keySlot === undefined ? {} : { keySlot }),
      ...(guardSlot === undefined ? {} : { guardSlot }),
    };
  }
}

interface Slot {
  readonly slot: string;
  readonly holder: SecretValue;
}

/** A key, or several after partial runs, inside slots that are opened no further than needed. */
class SlottedKey {
  readonly #opened: FingerprintKey[] = [];
  readonly #unopened: Slot[];
  #fromSlots = false;
  #newSlots = 0;

  /** @param canBeHeld whether a fresh key would find a value to be kept under */
  constructor(
    slots: Slot[],
    private readonly canBeHeld: boolean,
  ) {
    this.#unopened = slots;
  }

  /** Whether any slot could be opened so far; a fresh key does not count. */
  get isOpen(): boolean {
    return this.#fromSlots;
  }

  some(matches: (key: FingerprintKey) => boolean): boolean {
    while (!this.#opened.some(matches)) {
      if (!this.#openNext()) {
        return false;
      }
    }
    return true;
  }

  current(): FingerprintKey | undefined {
    if (!this.some(() => true) && this.canBeHeld) {
      this.#opened.push(FingerprintKey.generate());
    }
    return this.#opened[0];
  }

  newSlot(holder: SecretValue): string | undefined {
    this.#newSlots += 1;
    return this.#newSlots > mostNewSlots ? undefined : this.current()?.slotFor(holder);
  }

  #openNext(): boolean {
    const next = this.#unopened.shift();
    const key = next && FingerprintKey.open(next.slot, next.holder);
    if (key) {
      this.#opened.push(key);
      this.#fromSlots = true;
    }
    return next !== undefined;
  }
}
