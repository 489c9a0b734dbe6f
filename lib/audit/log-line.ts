/** Where a line stands. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What a look at a line says without parsing it. */
export const lineKind = {
  /** It is no entry, or it is one in a way that only a parser can tell. */
  odd: 0,
  /** Something was asked. */
  request: 1,
  /** It was answered. */
  response: 2,
} as const;

export type LineKind = (typeof lineKind)[keyof typeof lineKind];

/** What a parsed entry says about its line. */
export interface EntryStamp {
  readonly kind: LineKind;
  /** Seconds since 1970. */
  readonly second: number;
}

/**
 * Knows the two ends of a log's lines, so that millions of them need no parser. What lies between is not looked at:
 * a line that is damaged only in its middle passes for an entry.
 */
export interface LineFormat<T> {
  /** Of the entry that was looked at last: when it was written, in whole seconds since 1970. */
  readonly second: number;
  /** Of the entry that was looked at last: whether it must be read whatever is looked for. */
  readonly notable: boolean;
  /** What it remembers of lines that were looked at, for who goes on after them; 0 at the beginning of a log. */
  readonly memory: number;
  /** Looks at the bytes from `start` up to, not including, `end`. */
  look(view: Buffer, start: number, end: number): LineKind;
  /** The entry in parsed JSON; nothing where it is something else. */
  parse(json: unknown): T | undefined;
  stamp(entry: T): EntryStamp;
  /** Whether a parsed entry must be read whatever is looked for. */
  isNotable(entry: T): boolean;
}

/**
 * Reads times such as `2026-11-26T19:48:36.635765936Z`. Most lines are of the same hour as the one before, so its
 * thirteen bytes are only compared, and the rest is arithmetic.
 */
export class TimeReader {
  readonly #hour = new Uint8Array(13);
  #hourStart = NaN;

  /**
   * Seconds since 1970 of the time that begins at a byte.
   * @returns NaN when there is none
   */
  read(view: Buffer, at: number): number {
    for (let index = 12; index >= 0; index--) {
      if (view[at + index] !== this.#hour[index]) {
        this.#readHour(view, at);
        break;
      }
    }
    const minutes = digit(view[at + 14]) * 10 + digit(view[at + 15]);
    const seconds = digit(view[at + 17]) * 10 + digit(view[at + 18]);
    return this.#hourStart + minutes * 60 + seconds;
  }

  #readHour(view: Buffer, at: number): void {
    const hour = view.toString('latin1', at, at + 13);
    this.#hourStart = Date.parse(`${hour}:00:00Z`) / 1000;
    view.copy(this.#hour, 0, at, at + 13);
  }
}

function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= 48 && byte <= 57 ? byte - 48 : NaN;
}
