import { counted } from '../counted';
import { type Gap, instant } from './gap';
import type { RefusedLog } from './log-files';
import type { FileScan } from './file-scan';
import type { LogScan } from './scan-logs';
import type { Irregularity } from './irregular-line';
import type { TimeWindow } from './window';

const hourMs = 3_600_000;

const words: Record<Irregularity, string> = {
  truncated: 'cut short',
  binary: 'binary',
  notAnEntry: 'not an entry',
  tooLong: 'too long to read',
};

/** What was read, for the reader to judge. */
export interface Coverage {
  readonly files: number;
  readonly emptyFiles: readonly string[];
  readonly lines: number;
  readonly requests: number;
  readonly responses: number;
  /** Lines of more than 1 MiB. */
  readonly longLines: number;
  /** Lines of the server's own log, which were passed over. */
  readonly serverLogLines: number;
  /** Of the oldest and the newest entry. @default - there is none */
  readonly first?: string;
  readonly last?: string;
}

/** Sums up the files of a log. */
export function coverageOf({ files }: LogScan): Coverage {
  const sum = (value: (file: FileScan) => number): number => files.reduce((total, file) => total + value(file), 0);
  const ends = endsOf(files);
  return {
    files: files.length,
    emptyFiles: files.filter(({ bytes }) => bytes === 0).map(({ path }) => path),
    lines: sum(({ lines }) => lines),
    requests: sum(({ requests }) => requests),
    responses: sum(({ responses }) => responses),
    longLines: sum(({ long }) => long),
    serverLogLines: sum(({ serverLog }) => serverLog),
    ...(ends ? { first: instant(ends.first), last: instant(ends.last) } : {}),
  };
}

/**
 * Everything in the files themselves that weakens an answer about a window.
 * @param siblings rotated files that were not given
 */
export function coverageGaps(
  scan: LogScan,
  window: TimeWindow,
  refused: readonly RefusedLog[],
  siblings: readonly string[],
): Gap[] {
  return [
    ...refused.map(({ path, reason, fix }): Gap => ({ kind: 'file', message: `${path} was not read: ${reason}`, fix })),
    ...scan.files.flatMap(fileGaps(window)),
    ...windowGaps(scan, window, siblings),
    ...silences(scan, window),
  ];
}

function fileGaps(window: TimeWindow): (file: FileScan) => Gap[] {
  return (file) => {
    const gaps: Gap[] = [];
    if (file.failure) {
      const part = file.lines > 0 ? `only its first ${counted(file.lines, 'line')} were read` : 'it was not read';
      gaps.push({ kind: 'file', message: `${file.path}: ${part}: ${file.failure.reason}`, fix: file.failure.fix });
    }
    // A file that ends before the window holds nothing that belongs to it.
    if (file.last * 1000 < window.since) {
      return gaps;
    }
    return [...gaps, ...unreadableGaps(file), ...orderGaps(file)];
  };
}

function unreadableGaps({ path, unreadable, unreadableCount }: FileScan): Gap[] {
  if (unreadableCount === 0) {
    return [];
  }
  const mentioning = unreadable.filter(({ mentions }) => mentions).length;
  const suffix =
    mentioning > 0 ? `; ${mentioning} of those shown ${mentioning === 1 ? 'holds' : 'hold'} what was looked for` : '';
  return [
    {
      kind: 'lines',
      message: `${path}: ${counted(unreadableCount, 'line')} could not be read${suffix}`,
      fix: 'look at these lines; take the log of another audit device too',
      places: unreadable.map(
        ({ line, irregularity, bytes, mentions }) =>
          `${path}:${line} ${words[irregularity]}, ${counted(bytes, 'byte')}${mentions ? ', holds what was looked for' : ''}`,
      ),
    },
  ];
}

function orderGaps({ path, outOfOrder, outOfOrderCount }: FileScan): Gap[] {
  return outOfOrderCount === 0
    ? []
    : [
        {
          kind: 'order',
          message: `${path}: ${counted(outOfOrderCount, 'entry').replace('entrys', 'entries')} older than one before: the clock was set back, or lines were moved`,
          fix: 'find out why; the entries themselves are in the answer',
          places: outOfOrder.map(({ line, seconds }) => `${path}:${line} ${seconds} s older`),
        },
      ];
}

function windowGaps({ files }: LogScan, { since, until }: TimeWindow, siblings: readonly string[]): Gap[] {
  const ends = endsOf(files);
  if (!ends) {
    return [
      { kind: 'window', message: 'the log has no entry at all', fix: 'give the files that the audit device writes' },
    ];
  }
  const gaps: Gap[] = [];
  if (ends.first > since) {
    const message = `the window begins at ${instant(since)}, the log at ${instant(ends.first)}`;
    const fix =
      siblings.length > 0
        ? `give the rotated files too: ${siblings.join(' ')}`
        : 'give older files, or shorten --since';
    gaps.push({ kind: 'window', message, fix });
  }
  if (ends.last < until - hourMs) {
    const message = `the window ends at ${instant(until)}, the log at ${instant(ends.last)}`;
    gaps.push({ kind: 'window', message, fix: 'give newer files, or set --until' });
  }
  return gaps;
}

/** Whole hours of the window without an entry, between the first and the last one. */
function silences({ files, hours }: LogScan, { since, until }: TimeWindow): Gap[] {
  const ends = endsOf(files);
  if (!ends) {
    return [];
  }
  const from = Math.ceil(Math.max(since, ends.first) / hourMs);
  const to = Math.floor(Math.min(until, ends.last) / hourMs);
  const present = [...hours].filter((hour) => hour >= from && hour < to).sort((a, b) => a - b);
  const gaps: Gap[] = [];
  let expected = from;
  for (const hour of [...present, to]) {
    if (hour > expected) {
      const length = hour - expected;
      const message = `no entry from ${instant(expected * hourMs)} to ${instant(hour * hourMs)} (${counted(length, 'hour')})`;
      gaps.push({ kind: 'silence', message, fix: 'look for files of that time, or for why nothing was asked' });
    }
    expected = hour + 1;
  }
  return gaps;
}

function endsOf(files: readonly FileScan[]): { readonly first: number; readonly last: number } | undefined {
  const first = Math.min(...files.map((file) => file.first)) * 1000;
  const last = Math.max(...files.map((file) => file.last)) * 1000;
  return Number.isFinite(first) && Number.isFinite(last) ? { first, last } : undefined;
}
