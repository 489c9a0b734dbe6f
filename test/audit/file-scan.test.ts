import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type FileScan, FileScanBuilder } from '../../lib/audit/file-scan';
import { longestLine } from '../../lib/audit/line-feeder';
import { type Segment, SegmentReader, segmentsOf } from '../../lib/audit/segment-reader';
import { beginning, type Search, SegmentScanner } from '../../lib/audit/segment-scanner';
import { SegmentThreads } from '../../lib/audit/segment-threads';
import { VaultLineFormat } from '../../lib/audit/vault-line';
import { callLines } from './support/vault-lines';

/** All that a scan of a file says. */
interface Outcome {
  readonly scan: FileScan;
  readonly hours: readonly number[];
  readonly entries: readonly string[];
  readonly repeated: number;
}

const search: Search = { needles: ['/nivesh/backend"'], thorough: false };
const format = (memory: number): VaultLineFormat => new VaultLineFormat(memory);

describe('FileScanBuilder', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'file-scan-'));
    path = join(folder, 'audit.log');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Scans as threads do, which know nothing of what stands before a segment. */
  function scan(segments: readonly Segment[], thorough = false): Outcome {
    const scanner = new SegmentScanner({ ...search, thorough }, format, new SegmentReader());
    const hours = new Set<number>();
    const entries: string[] = [];
    const builder = new FileScanBuilder(
      { path, bytes: 0 },
      format(0),
      ({ type, request }, { line }) => entries.push(`${line} ${type} ${request.path}`),
      hours,
    );
    let repeated = 0;
    for (const segment of segments) {
      const first = scanner.scan(segment, beginning);
      repeated += builder.mustRepeat(first) ? 1 : 0;
      builder.add(builder.mustRepeat(first) ? scanner.scan(segment, builder.before) : first);
    }
    return { scan: builder.result(), hours: [...hours], entries, repeated };
  }

  function cutAt(...cuts: readonly number[]): Segment[] {
    const ends = [...new Set(cuts)].sort((a, b) => a - b).concat(Infinity);
    return ends.map((to, index) => ({ path, from: ends[index - 1] ?? 0, to }));
  }

  const second = fc.integer({ min: 0, max: 40 });
  const call = fc
    .tuple(second, fc.constantFrom('secret/data/nivesh/backend', 'secret/data/x', 'sys/audit/file'), fc.nat(1))
    .map(([at, requestPath, half]) => {
      const time = new Date(Date.UTC(2026, 10, 20, 2, 59, 40) + at * 1000).toISOString();
      return Buffer.from(callLines({ time, path: requestPath, response: {} })[half] ?? '');
    });
  const line = fc.oneof(
    { weight: 6, arbitrary: call },
    // Damaged in its middle, at its end, and behind a prefix.
    call.map((bytes) => Buffer.concat([bytes.subarray(0, 90), Buffer.from([0, 255]), bytes.subarray(95)])),
    call.map((bytes) => bytes.subarray(0, -20)),
    call.map((bytes) => Buffer.concat([Buffer.from('stdout F '), bytes])),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('', '/nivesh/backend"', '==> Vault server started!', '{"a":1}').map((text) => Buffer.from(text)),
  );

  it('says the same of a log wherever it is cut, however damaged and out of order it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 60 }),
        fc.array(fc.nat(20_000), { maxLength: 12 }),
        fc.boolean(),
        fc.boolean(),
        (lines, cuts, isEnded, thorough) => {
          const log = Buffer.concat(lines.flatMap(([bytes, end]) => [bytes, Buffer.from(end)]));
          writeFileSync(path, isEnded ? log : log.subarray(0, -1));
          const { repeated, ...whole } = scan(cutAt(), thorough);
          expect(repeated).toBe(0);
          expect(scan(cutAt(...cuts.filter((cut) => cut > 0 && cut < log.length)), thorough)).toMatchObject(whole);
        },
      ),
    );
  });

  it('keeps the first lines that could not be read, in order, those with what is looked for before others', () => {
    const garbage = Array.from({ length: 100 }, (_, index) => (index % 10 === 9 ? 'x/nivesh/backend"' : 'garbage'));
    writeFileSync(path, `${garbage.join('\n')}\n`);
    const { scan: whole } = scan(cutAt());
    expect(whole.unreadableCount).toBe(100);
    expect(whole.unreadable.map((unreadable) => unreadable.line)).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    ]);
    expect(scan(cutAt(100, 333, 334, 700)).scan).toEqual(whole);
  });

  it('repeats no segment of a log that is in order', () => {
    const lines = Array.from({ length: 500 }, (_, index) => {
      return callLines({ time: new Date(Date.UTC(2026, 10, 20) + index * 1000).toISOString() }).join('\n');
    });
    writeFileSync(path, `${lines.join('\n')}\n`);
    const { scan: whole, repeated } = scan(segmentsOf(path, 500_000, 10_000));
    expect(repeated).toBe(0);
    expect(whole).toMatchObject({ lines: 1000, requests: 500, responses: 500, outOfOrderCount: 0 });
  });

  it('finds the answer to a change of an audit device in a later segment', () => {
    const time = '2026-11-20T03:00:00Z';
    const [asked, answered] = callLines({ time, path: 'sys/audit/file', response: null });
    const others = callLines({ time, path: 'secret/data/x' }).join('\n');
    writeFileSync(path, `${asked}\n${others}\n${others}\n${answered}\n`);
    const { entries, repeated } = scan(segmentsOf(path, 4000, 1000));
    expect(entries).toEqual(['1 request sys/audit/file', '6 response sys/audit/file']);
    expect(repeated).toBeGreaterThan(0);
  });

  it('passes over a line that is too long wherever it is cut', () => {
    const long = Buffer.alloc(longestLine + 100, 'x');
    long.write('/nivesh/backend"', longestLine - 5);
    writeFileSync(path, Buffer.concat([Buffer.from('first\n'), long, Buffer.from('\nlast\n')]));
    const whole = scan(cutAt());
    expect(whole.scan.lines).toBe(3);
    expect(whole.scan.unreadable[1]).toEqual({ line: 2, irregularity: 'tooLong', bytes: long.length, mentions: true });
    for (const cuts of [[6], [7, 8], [5_000_000], [longestLine], [longestLine + 106], [longestLine + 107]]) {
      expect(scan(cutAt(...cuts)).scan).toEqual(whole.scan);
    }
  });

  it('reads what was written after the file was looked at', () => {
    writeFileSync(path, 'a\n');
    const segments = segmentsOf(path, 2);
    appendFileSync(path, 'b\nc\n');
    expect(scan(segments).scan.lines).toBe(3);
  });

  it('tells of each segment what threads found, in order, more of them than threads', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => {
      return callLines({ time: new Date(Date.UTC(2026, 10, 20) + index * 1000).toISOString() }).join('\n');
    });
    writeFileSync(path, `${lines.join('\n')}\n`);
    const segments = segmentsOf(path, 300_000, 20_000);
    const scanner = new SegmentScanner(search, format, new SegmentReader());
    const threads = new SegmentThreads(require.resolve('../../lib/audit/vault-log-thread'), search, 2);
    try {
      const scans = [];
      for await (const scanned of threads.scan(segments)) {
        scans.push(scanned);
      }
      expect(scans).toEqual(segments.map((segment) => ({ segment, scan: scanner.scan(segment, beginning) })));
      expect(scans.length).toBeGreaterThan(4);
    } finally {
      await threads.close();
    }
  });

  it('fails where the threads do', async () => {
    const threads = new SegmentThreads(require.resolve('../../lib/audit/vault-log-thread'), search, 1);
    await threads.close();
    await expect(threads.scan(segmentsOf(path, 10)).next()).rejects.toThrow('the thread that reads logs has ended');
  });
});
