/**
 * Remembers request ids of millions of entries in few bytes: 53 bits of each UUID's random digits. Two of ten million ids
 * fall together with a probability of less than 1 in 100.
 */
export class IdSet {
  #slots = new Float64Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: string): boolean {
    return this.#slots[this.#slotOf(keyOf(id), this.#slots)] !== 0;
  }

  add(id: string): void {
    const key = keyOf(id);
    const slot = this.#slotOf(key, this.#slots);
    if (this.#slots[slot] === 0) {
      this.#slots[slot] = key;
      this.#size++;
      if (this.#size * 2 > this.#slots.length) {
        this.#grow();
      }
    }
  }

  /** Where a key is, or the free slot where it belongs. */
  #slotOf(key: number, slots: Float64Array): number {
    let slot = key % slots.length;
    while (slots[slot] !== 0 && slots[slot] !== key) {
      slot = slot + 1 === slots.length ? 0 : slot + 1;
    }
    return slot;
  }

  #grow(): void {
    const larger = new Float64Array(this.#slots.length * 2);
    for (const key of this.#slots) {
      if (key !== 0) {
        larger[this.#slotOf(key, larger)] = key;
      }
    }
    this.#slots = larger;
  }
}

/** Never 0. Ids that are no UUIDs are hashed (FNV-1a) first. */
function keyOf(id: string): number {
  const digits = id.replaceAll('-', '');
  const high = parseInt(digits.slice(0, 8), 16);
  const low = parseInt(digits.slice(-8), 16);
  if (digits.length === 32 && !Number.isNaN(high) && !Number.isNaN(low)) {
    return (high & 0x1fffff) * 0x1_0000_0000 + low + 1;
  }
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (const character of id) {
    a = Math.imul(a ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    b = Math.imul(b ^ a, 0x85ebca6b) >>> 0;
  }
  return (a & 0x1fffff) * 0x1_0000_0000 + b + 1;
}
