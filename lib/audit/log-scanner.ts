import { type LineFormat, type LineKind, lineKind } from './log-line';
import { irregularityOf, type Irregularity, isServerLog, parseLine } from './irregular-line';

/** Where a line stands. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A line that could not be read. */
export interface UnreadableLine extends Place {
  readonly irregularity: Irregularity;
  readonly bytes: number;
  /** Whether it holds what was looked for. */
  readonly mentions: boolean;
}

/** What a scanner hands on. */
export interface ScanListener<T> {
  /** An entry that holds what was looked for, or is notable. */
  entry(entry: T, place: Place): void;
  unreadable(line: UnreadableLine): void;
  /** An entry that is older than one before it, by more seconds than writers can be apart. */
  outOfOrder(place: Place, seconds: number): void;
}

/** Counts of one file. */
export interface ScanCounts {
  lines: number;
  requests: number;
  responses: number;
  /** Lines of the server's own log, where both go to standard output. */
  serverLog: number;
  /** Lines of more than {@link longLine} bytes that were read. */
  long: number;
  /** Times of the oldest and the newest entry in seconds since 1970; not finite without entries. */
  first: number;
  last: number;
}

/** Lines of more bytes are counted. */
export const longLine = 1024 * 1024;
/** Seconds that entries may be apart, since several threads write them. */
const disorder = 5;

/**
 * Splits one log into lines, counts them by their ends, and parses those that hold what is looked for and those that
 * look odd.
 */
export class LogScanner<T> {
  readonly counts: ScanCounts = {
    ...{ lines: 0, requests: 0, responses: 0, serverLog: 0, long: 0 },
    ...{ first: Infinity, last: -Infinity },
  };
  #hour = NaN;

  /**
   * @param needles what is looked for
   * @param hours filled with the hours since 1970 that have entries
   * @param thorough parses every line @default false
   */
  constructor(
    readonly file: string,
    readonly needles: readonly Buffer[],
    readonly format: LineFormat<T>,
    readonly listener: ScanListener<T>,
    readonly hours: Set<number>,
    readonly thorough = false,
  ) {}

  /**
   * Takes the lines that are complete.
   * @returns the number of bytes taken; the others must come again, before what follows them
   */
  scan(view: Buffer): number {
    const hits = this.needles.map(() => -1);
    let hit = this.#nextHit(view, hits, 0);
    let start = 0;
    for (let newline = view.indexOf(10); newline !== -1; newline = view.indexOf(10, start)) {
      this.#line(view, start, newline, hit < newline);
      start = newline + 1;
      if (hit < start) {
        hit = this.#nextHit(view, hits, start);
      }
    }
    return start;
  }

  /** Takes what follows the last newline. */
  end(view: Buffer): void {
    if (view.length > 0) {
      this.#line(view, 0, view.length, this.mentions(view));
    }
  }

  /** Counts a line that is too long to keep. */
  skip(bytes: number, mentions: boolean): void {
    this.counts.lines++;
    this.listener.unreadable({ ...this.#place(), irregularity: 'tooLong', bytes, mentions });
  }

  mentions(view: Buffer): boolean {
    return this.needles.some((needle) => view.includes(needle));
  }

  #nextHit(view: Buffer, hits: number[], from: number): number {
    let next = Infinity;
    for (const [index, needle] of this.needles.entries()) {
      let at = hits[index] ?? -1;
      if (at < from) {
        at = view.indexOf(needle, from);
        at = at === -1 ? Infinity : at;
        hits[index] = at;
      }
      next = Math.min(next, at);
    }
    return next;
  }

  #line(view: Buffer, start: number, newline: number, mentions: boolean): void {
    const end = newline > start && view[newline - 1] === 13 ? newline - 1 : newline;
    this.counts.lines++;
    if (end === start) {
      return;
    }
    if (end - start > longLine) {
      this.counts.long++;
    }
    const kind = this.thorough ? lineKind.odd : this.format.look(view, start, end);
    if (kind === lineKind.odd) {
      this.#parse(view.toString('utf8', start, end), end - start, mentions, true);
      return;
    }
    this.#count(kind, this.format.second);
    if (mentions || this.format.notable) {
      this.#parse(view.toString('utf8', start, end), end - start, mentions, false);
    }
  }

  #parse(text: string, bytes: number, mentions: boolean, uncounted: boolean): void {
    const entry = this.format.parse(parseLine(text));
    if (entry === undefined) {
      if (isServerLog(text) && !mentions) {
        this.counts.serverLog++;
      } else {
        this.listener.unreadable({ ...this.#place(), irregularity: irregularityOf(text), bytes, mentions });
      }
      return;
    }
    if (uncounted) {
      const { kind, second } = this.format.stamp(entry);
      this.#count(kind, second);
    }
    this.listener.entry(entry, this.#place());
  }

  #count(kind: LineKind, second: number): void {
    const { counts } = this;
    if (kind === lineKind.request) {
      counts.requests++;
    } else {
      counts.responses++;
    }
    const hour = Math.floor(second / 3600);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.hours.add(hour);
    }
    if (second < counts.first) {
      counts.first = second;
    }
    if (second >= counts.last) {
      counts.last = second;
    } else if (second < counts.last - disorder) {
      this.listener.outOfOrder(this.#place(), counts.last - second);
    }
  }

  #place(): Place {
    return { file: this.file, line: this.counts.lines };
  }
}
