import fc from 'fast-check';
import { LineFeeder, longestLine } from '../../lib/audit/line-feeder';

/** Keeps what it is given. */
class Lines {
  readonly lines: string[] = [];
  readonly skipped: { bytes: number; mentions: boolean }[] = [];

  scan(view: Buffer): number {
    const end = view.lastIndexOf(10) + 1;
    this.lines.push(...view.toString('latin1', 0, end).split('\n').slice(0, -1));
    return end;
  }

  end(view: Buffer): void {
    if (view.length > 0) {
      this.lines.push(view.toString('latin1'));
    }
  }

  skip(bytes: number, mentions: boolean): void {
    this.skipped.push({ bytes, mentions });
  }

  mentions(view: Buffer): boolean {
    return view.includes('needle');
  }
}

/** Feeds chunks as a reader does that fills two buffers in turn. */
function feed(lines: Lines, chunks: readonly Buffer[], headroom: number): void {
  const feeder = new LineFeeder(lines);
  const size = Math.max(0, ...chunks.map(({ length }) => length));
  const buffers = [Buffer.alloc(headroom + size), Buffer.alloc(headroom + size)] as const;
  chunks.forEach((chunk, index) => {
    const [buffer, other] = index % 2 === 0 ? buffers : [buffers[1], buffers[0]];
    chunk.copy(buffer, headroom);
    const view = feeder.join(buffer, headroom, headroom + chunk.length);
    other.fill('#');
    feeder.scan(view);
  });
  feeder.end();
}

describe('LineFeeder', () => {
  it('gives the same lines however the log is cut, with room for the rest of a line and without', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', '{'), maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(line),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 16 }),
        fc.boolean(),
        (texts, sizes, headroom, ended) => {
          const log = Buffer.from(texts.join('\n') + (ended ? '\n' : ''));
          const chunks: Buffer[] = [];
          for (let at = 0, index = 0; at < log.length; index++) {
            const size = sizes[index % sizes.length] ?? 1;
            chunks.push(log.subarray(at, at + size));
            at += size;
          }
          const lines = new Lines();
          feed(lines, chunks, headroom);
          const expected = log.toString().split('\n');
          expect(lines.lines).toEqual(expected.at(-1) === '' ? expected.slice(0, -1) : expected);
        },
      ),
    );
  });

  it('passes over a line that is too long, counts its bytes, and sees what it holds where two chunks meet', () => {
    const chunk = Buffer.alloc(5_000_000, 'x');
    const before = Buffer.from('first\n');
    const [head, tail] = [Buffer.alloc(4_000_000, 'x'), Buffer.from('dle and more\nlast')];
    head.write('nee', head.length - 3);
    const lines = new Lines();
    feed(lines, [before, chunk, chunk, chunk, chunk, head, tail], 64);
    expect(lines.lines).toEqual(['first', 'last']);
    expect(lines.skipped).toEqual([{ bytes: 24_000_012, mentions: true }]);
    expect(longestLine).toBeLessThan(24_000_012);
  });

  it('counts such a line at the end of the log too', () => {
    const lines = new Lines();
    feed(lines, [Buffer.alloc(longestLine + 1, 'x'), Buffer.from('yz')], 0);
    expect(lines.skipped).toEqual([{ bytes: longestLine + 3, mentions: false }]);
    expect(lines.lines).toEqual([]);
  });
});
