import { irregularityOf, type Irregularity, parseLine } from './irregular-line';
import { longestLine } from './line-feeder';
import { type LineFormat, type LineKind, lineKind } from './log-line';

/** A line that holds what was looked for, or an entry that is notable. */
export interface FoundLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly bytes: number;
  /** Whether it holds what was looked for. */
  readonly mentions: boolean;
}

/** A line that could not be read. */
export interface UnreadableLine {
  /** From 1. */
  readonly line: number;
  readonly irregularity: Irregularity;
  readonly bytes: number;
  /** Whether it holds what was looked for. */
  readonly mentions: boolean;
}

/** What a scanner hands on. */
export interface ScanListener {
  /** It may still turn out to be damaged in its middle. */
  found(line: FoundLine): void;
  unreadable(line: UnreadableLine): void;
  /** An entry that is older than one before it, by more seconds than writers can be apart. */
  outOfOrder(line: number, seconds: number): void;
}

/** Counts of a log or of a part of it. */
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
const longLine = 1024 * 1024;
/** Seconds that entries may be apart, since several threads write them. */
export const disorder = 5;

/** Counts before the first line. */
export function noCounts(): ScanCounts {
  return { lines: 0, requests: 0, responses: 0, serverLog: 0, long: 0, first: Infinity, last: -Infinity };
}

/**
 * Splits one log into lines, counts them by their ends, parses those that look odd, and hands on those that hold what is
 * looked for.
 */
export class LogScanner<T> {
  readonly counts = noCounts();
  /** Hours since 1970 that have entries. */
  readonly hours = new Set<number>();
  #hour = NaN;
  #newest: number;

  /**
   * @param needles what is looked for
   * @param thorough parses every line
   * @param newest time of the newest entry before the first line
   */
  constructor(
    readonly needles: readonly Buffer[],
    readonly format: LineFormat<T>,
    readonly listener: ScanListener,
    readonly thorough: boolean,
    newest = -Infinity,
  ) {
    this.#newest = newest;
  }

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
    this.listener.unreadable({ line: this.counts.lines, irregularity: 'tooLong', bytes, mentions });
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
    if (newline - start > longestLine) {
      this.skip(newline - start, mentions);
      return;
    }
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
      this.#parse(view.toString('utf8', start, end), end - start, mentions);
      return;
    }
    this.#count(kind, this.format.second);
    if (mentions || this.format.notable) {
      this.#found(view.toString('utf8', start, end), end - start, mentions);
    }
  }

  #parse(text: string, bytes: number, mentions: boolean): void {
    const entry = this.format.parse(parseLine(text));
    if (entry !== undefined) {
      const { kind, second } = this.format.stamp(entry);
      this.#count(kind, second);
      if (mentions || this.format.isNotable(entry)) {
        this.#found(text, bytes, mentions);
      }
      return;
    }
    const irregularity = irregularityOf(text, mentions);
    if (irregularity === undefined) {
      this.counts.serverLog++;
    } else {
      this.listener.unreadable({ line: this.counts.lines, irregularity, bytes, mentions });
    }
  }

  #found(text: string, bytes: number, mentions: boolean): void {
    this.listener.found({ line: this.counts.lines, text, bytes, mentions });
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
    if (second > counts.last) {
      counts.last = second;
    }
    if (second >= this.#newest) {
      this.#newest = second;
    } else if (second < this.#newest - disorder) {
      this.listener.outOfOrder(counts.lines, this.#newest - second);
    }
  }
}
