import { KeptLines, placesKept } from './kept-lines';
import { LineFeeder } from './line-feeder';
import type { LineFormat } from './log-line';
import { type FoundLine, LogScanner, type ScanCounts, type UnreadableLine } from './log-scanner';
import { LogReadError } from './log-source';
import type { Segment, SegmentReader } from './segment-reader';

/** What is known of a log before one of its segments. */
export interface Before {
  /** Time of the newest entry in seconds since 1970. */
  readonly newest: number;
  /** What the format remembers. */
  readonly memory: number;
}

/** What a scan of a segment found. It can be sent between threads. */
export interface SegmentScan {
  readonly before: Before;
  readonly memory: number;
  readonly counts: ScanCounts;
  readonly hours: readonly number[];
  readonly found: readonly FoundLine[];
  /** Those that must be kept. */
  readonly unreadable: readonly UnreadableLine[];
  readonly unreadableCount: number;
  readonly outOfOrder: readonly OldLine[];
  readonly outOfOrderCount: number;
  readonly failure?: ReadFailure;
}

/** An entry that is older than one before. */
export interface OldLine {
  readonly line: number;
  readonly seconds: number;
}

/** Why a log could not be read to its end. */
export interface ReadFailure {
  readonly reason: string;
  readonly fix: string;
}

/** What is looked for in each segment. */
export interface Search {
  readonly needles: readonly string[];
  readonly thorough: boolean;
}

/** The beginning of a log. */
export const beginning: Before = { newest: -Infinity, memory: 0 };

/** Scans segments one after another. */
export class SegmentScanner {
  readonly #needles: readonly Buffer[];

  constructor(
    readonly search: Search,
    readonly format: (memory: number) => LineFormat<unknown>,
    readonly reader: SegmentReader,
  ) {
    this.#needles = search.needles.map((needle) => Buffer.from(needle));
  }

  /** @param before what is known; a scan that began with something else may have to be repeated */
  scan(segment: Segment, before: Before): SegmentScan {
    const found: FoundLine[] = [];
    const outOfOrder: OldLine[] = [];
    const kept = new KeptLines();
    let outOfOrderCount = 0;
    const format = this.format(before.memory);
    const scanner = new LogScanner(
      this.#needles,
      format,
      {
        found: (line) => found.push(line),
        unreadable: (line) => {
          kept.add(line);
        },
        outOfOrder: (line, seconds) => {
          outOfOrderCount++;
          if (outOfOrder.length < placesKept) {
            outOfOrder.push({ line, seconds });
          }
        },
      },
      this.search.thorough,
      before.newest,
    );
    let failure: ReadFailure | undefined;
    try {
      this.reader.read(segment, new LineFeeder(scanner));
    } catch (error) {
      failure = failureOf(error);
    }
    return {
      ...{ before, memory: format.memory, counts: scanner.counts, hours: [...scanner.hours], found },
      ...{ unreadable: kept.ofPart(), unreadableCount: kept.count, outOfOrder, outOfOrderCount },
      ...(failure ? { failure } : {}),
    };
  }
}

/** @throws the error itself, where it is none of reading */
export function failureOf(error: unknown): ReadFailure {
  if (!(error instanceof LogReadError)) {
    throw error;
  }
  return { reason: error.message, fix: error.fix };
}
