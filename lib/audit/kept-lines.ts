import type { UnreadableLine } from './log-scanner';

/** Places that are kept of each kind of irregularity; all are counted. */
export const placesKept = 20;

/** The first lines that could not be read, those that hold what was looked for before all others. */
export class KeptLines {
  readonly #mentioning: UnreadableLine[] = [];
  readonly #others: UnreadableLine[] = [];
  #count = 0;

  /** All lines that were added. */
  get count(): number {
    return this.#count;
  }

  add(line: UnreadableLine): void {
    this.#count++;
    const kind = line.mentions ? this.#mentioning : this.#others;
    if (kind.length < placesKept) {
      kind.push(line);
    }
  }

  /** Counts lines that need not be kept. */
  addCount(count: number): void {
    this.#count += count;
  }

  /** What must be kept of a part of a log, in order. */
  ofPart(): UnreadableLine[] {
    return inOrder([...this.#mentioning, ...this.#others]);
  }

  /** What is kept of a whole log, in order. */
  list(): UnreadableLine[] {
    return inOrder([...this.#mentioning, ...this.#others].slice(0, placesKept));
  }
}

function inOrder(lines: readonly UnreadableLine[]): UnreadableLine[] {
  return [...lines].sort((a, b) => a.line - b.line);
}
