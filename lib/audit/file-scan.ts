import { irregularityOf, parseLine } from './irregular-line';
import { KeptLines, placesKept } from './kept-lines';
import type { LogFile } from './log-files';
import type { LineFormat, Place } from './log-line';
import {
  disorder,
  type FoundLine,
  noCounts,
  type ScanCounts,
  type ScanListener,
  type UnreadableLine,
} from './log-scanner';
import { type Before, beginning, type OldLine, type ReadFailure, type SegmentScan } from './segment-scanner';

/** What is known of one file after it was read. */
export interface FileScan extends Readonly<ScanCounts> {
  readonly path: string;
  readonly bytes: number;
  readonly unreadableCount: number;
  /** The first of them, those that hold what was looked for before all others. */
  readonly unreadable: readonly UnreadableLine[];
  readonly outOfOrderCount: number;
  readonly outOfOrder: readonly OldLine[];
  /** Why it could not be read to its end. */
  readonly failure?: ReadFailure;
}

/**
 * Puts together what is known of one file: of its lines as they come, or of its segments in order, as if it had been read
 * at once.
 */
export class FileScanBuilder<T> implements ScanListener {
  readonly #counts = noCounts();
  readonly #kept = new KeptLines();
  readonly #outOfOrder: OldLine[] = [];
  #outOfOrderCount = 0;
  #before = beginning;
  #failure: ReadFailure | undefined;

  /**
   * @param onEntry called for each entry with what is looked for, and for each notable one
   * @param hours filled with the hours since 1970 that have entries
   */
  constructor(
    readonly file: LogFile,
    readonly format: LineFormat<T>,
    readonly onEntry: (entry: T, place: Place) => void,
    readonly hours: Set<number>,
  ) {}

  /** What is known before the next segment. */
  get before(): Before {
    return this.#before;
  }

  found(line: FoundLine): void {
    const entry = this.format.parse(parseLine(line.text));
    if (entry !== undefined) {
      this.onEntry(entry, { file: this.file.path, line: this.#counts.lines + line.line });
      return;
    }
    const irregularity = irregularityOf(line.text, line.mentions);
    if (irregularity === undefined) {
      this.#counts.serverLog++;
    } else {
      this.unreadable({ line: line.line, irregularity, bytes: line.bytes, mentions: line.mentions });
    }
  }

  unreadable(line: UnreadableLine): void {
    this.#kept.add({ ...line, line: this.#counts.lines + line.line });
  }

  outOfOrder(line: number, seconds: number): void {
    this.#outOfOrderCount++;
    if (this.#outOfOrder.length < placesKept) {
      this.#outOfOrder.push({ line: this.#counts.lines + line, seconds });
    }
  }

  /** Whether a segment must be scanned again, since what it began with would have changed what it found. */
  mustRepeat({ before, counts }: SegmentScan): boolean {
    const { newest, memory } = this.#before;
    return before.memory !== memory || (before.newest !== newest && counts.first < newest - disorder);
  }

  /** Adds the next segment. */
  add(segment: SegmentScan): void {
    const lines = [...segment.found, ...segment.unreadable].sort((a, b) => a.line - b.line);
    for (const line of lines) {
      if ('text' in line) {
        this.found(line);
      } else {
        this.unreadable(line);
      }
    }
    this.#kept.addCount(segment.unreadableCount - segment.unreadable.length);
    for (const { line, seconds } of segment.outOfOrder) {
      this.outOfOrder(line, seconds);
    }
    this.#outOfOrderCount += segment.outOfOrderCount - segment.outOfOrder.length;
    this.addCounts(segment.counts, segment.hours);
    this.#before = { newest: this.#counts.last, memory: segment.memory };
    if (segment.failure) {
      this.fail(segment.failure);
    }
  }

  /** Adds the counts of lines that were told one by one. */
  addCounts(counts: ScanCounts, hours: Iterable<number>): void {
    const total = this.#counts;
    total.lines += counts.lines;
    total.requests += counts.requests;
    total.responses += counts.responses;
    total.serverLog += counts.serverLog;
    total.long += counts.long;
    total.first = Math.min(total.first, counts.first);
    total.last = Math.max(total.last, counts.last);
    for (const hour of hours) {
      this.hours.add(hour);
    }
  }

  fail(failure: ReadFailure): void {
    this.#failure = failure;
  }

  /** All of it, when there is nothing more to add. */
  result(): FileScan {
    return {
      ...{ path: this.file.path, bytes: this.file.bytes, ...this.#counts },
      ...{ unreadable: this.#kept.list(), unreadableCount: this.#kept.count },
      ...{ outOfOrder: this.#outOfOrder, outOfOrderCount: this.#outOfOrderCount },
      ...(this.#failure ? { failure: this.#failure } : {}),
    };
  }
}
