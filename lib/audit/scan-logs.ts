import { setImmediate } from 'node:timers/promises';
import { type FileScan, FileScanBuilder } from './file-scan';
import { LineFeeder } from './line-feeder';
import type { LogFile } from './log-files';
import type { LineFormat, Place } from './log-line';
import { LogScanner } from './log-scanner';
import { isGzip, readGzip } from './log-source';
import { type Segment, SegmentReader, segmentsOf } from './segment-reader';
import { failureOf, type Search, SegmentScanner } from './segment-scanner';
import { SegmentThreads } from './segment-threads';

/** What is known of a log after its files were read. */
export interface LogScan {
  readonly files: readonly FileScan[];
  /** Hours since 1970 that have entries, in any file. */
  readonly hours: ReadonlySet<number>;
}

/** See {@link scanLogs}. */
export interface ScanOptions<T> {
  /** Lines that hold any of them are handed on. */
  readonly needles: readonly string[];
  /** @param memory what another one remembered where this one goes on */
  readonly format: (memory: number) => LineFormat<T>;
  /** Called for entries with a needle, for notable ones, and for some others. */
  readonly onEntry: (entry: T, place: Place) => void;
  /** Parses every line, so that damage in the middle of one is noticed too. @default false */
  readonly thorough?: boolean;
  readonly onBytes?: (bytes: number) => void;
  /**
   * The module of a thread that scans segments of such a log (see {@link SegmentThreads}), for large files. Its entries must
   * be nearly in order: where they are not, segments are scanned twice.
   * @default - it is scanned in this thread
   */
  readonly thread?: string;
}

/** A log of so many bytes is read faster by threads, which take a moment to start. */
const worthThreads = 128 * 1024 * 1024;

/** Reads files of one log, each once from its beginning to its end, in memory that does not grow with them. */
export async function scanLogs<T>(files: readonly LogFile[], options: ScanOptions<T>): Promise<LogScan> {
  const search: Search = { needles: options.needles, thorough: options.thorough ?? false };
  const large = files.some(({ bytes }) => bytes >= worthThreads);
  const threads = large && options.thread !== undefined ? new SegmentThreads(options.thread, search) : undefined;
  const here = new SegmentScanner(search, options.format, new SegmentReader());
  const hours = new Set<number>();
  const scans: FileScan[] = [];
  try {
    for (const file of files) {
      const builder = new FileScanBuilder(file, options.format(0), options.onEntry, hours);
      try {
        await ((await isGzip(file.path))
          ? scanGzip(file, search, options, builder)
          : scanPlain(segmentsOf(file.path, file.bytes), here, threads, builder, options.onBytes));
      } catch (error) {
        builder.fail(failureOf(error));
      }
      scans.push(builder.result());
    }
  } finally {
    await threads?.close();
  }
  return { files: scans, hours };
}

async function scanGzip<T>(
  { path }: LogFile,
  { needles, thorough }: Search,
  { format, onBytes = () => undefined }: ScanOptions<T>,
  builder: FileScanBuilder<T>,
): Promise<void> {
  const bytes = needles.map((needle) => Buffer.from(needle));
  const scanner = new LogScanner(bytes, format(0), builder, thorough);
  try {
    await readGzip(path, new LineFeeder(scanner), onBytes);
  } finally {
    builder.addCounts(scanner.counts, scanner.hours);
  }
}

async function scanPlain<T>(
  segments: readonly Segment[],
  here: SegmentScanner,
  threads: SegmentThreads | undefined,
  builder: FileScanBuilder<T>,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
  const scans = threads?.scan(segments) ?? segments.map((segment) => ({ segment, scan: undefined }));
  for await (const { segment, scan } of scans) {
    const known = scan && !builder.mustRepeat(scan) ? scan : here.scan(segment, builder.before);
    builder.add(known);
    onBytes(Math.min(segment.to, builder.file.bytes) - segment.from);
    // So that progress is shown.
    await setImmediate();
    if (known.failure) {
      return;
    }
  }
}
