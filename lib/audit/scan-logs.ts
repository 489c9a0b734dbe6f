import { LineFeeder } from './line-feeder';
import type { LogFile } from './log-files';
import type { LineFormat } from './log-line';
import { LogScanner, type Place, type ScanCounts, type UnreadableLine } from './log-scanner';
import { LogReadError, readLog } from './log-source';

/** Places that are kept of each kind of irregularity; all are counted. */
export const placesKept = 20;

/** What is known of one file after it was read. */
export interface FileScan extends Readonly<ScanCounts> {
  readonly path: string;
  readonly bytes: number;
  readonly unreadableCount: number;
  /** The first of them, those that hold what was looked for before all others. */
  readonly unreadable: readonly UnreadableLine[];
  readonly outOfOrderCount: number;
  readonly outOfOrder: readonly (Place & { readonly seconds: number })[];
  /** Why it could not be read to its end. */
  readonly failure?: { readonly reason: string; readonly fix: string };
}

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
  readonly format: () => LineFormat<T>;
  /** Called for entries with a needle, for notable ones, and for some others. */
  readonly onEntry: (entry: T, place: Place) => void;
  /** Parses every line, so that damage in the middle of one is noticed too. @default false */
  readonly thorough?: boolean;
  readonly onBytes?: (bytes: number) => void;
}

/** Reads files of one log, each once from its beginning to its end, in memory that does not grow with them. */
export async function scanLogs<T>(files: readonly LogFile[], options: ScanOptions<T>): Promise<LogScan> {
  const hours = new Set<number>();
  const scans: FileScan[] = [];
  for (const file of files) {
    scans.push(await scanFile(file, options, hours));
  }
  return { files: scans, hours };
}

async function scanFile<T>(file: LogFile, options: ScanOptions<T>, hours: Set<number>): Promise<FileScan> {
  const kept = { unreadable: [] as UnreadableLine[], outOfOrder: [] as (Place & { seconds: number })[] };
  let [unreadableCount, outOfOrderCount] = [0, 0];
  const scanner = new LogScanner(
    file.path,
    options.needles.map((needle) => Buffer.from(needle)),
    options.format(),
    {
      entry: options.onEntry,
      unreadable: (line) => {
        unreadableCount++;
        keep(kept.unreadable, line);
      },
      outOfOrder: (place, seconds) => {
        outOfOrderCount++;
        if (kept.outOfOrder.length < placesKept) {
          kept.outOfOrder.push({ ...place, seconds });
        }
      },
    },
    hours,
    options.thorough,
  );
  let failure: FileScan['failure'];
  try {
    await readLog(file.path, new LineFeeder(scanner), options.onBytes ?? (() => undefined));
  } catch (error) {
    if (!(error instanceof LogReadError)) {
      throw error;
    }
    failure = { reason: error.message, fix: error.fix };
  }
  return {
    ...{ path: file.path, bytes: file.bytes, ...scanner.counts },
    ...{ unreadableCount, outOfOrderCount, ...kept },
    ...(failure ? { failure } : {}),
  };
}

/** A line that holds what was looked for takes the place of one that does not. */
function keep(lines: UnreadableLine[], line: UnreadableLine): void {
  const replaced = line.mentions && lines.length >= placesKept ? lines.findLastIndex(({ mentions }) => !mentions) : -1;
  if (lines.length < placesKept) {
    lines.push(line);
  } else if (replaced !== -1) {
    lines[replaced] = line;
  }
}
