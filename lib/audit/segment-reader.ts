import { closeSync, openSync, readSync } from 'node:fs';
import type { LineFeeder } from './line-feeder';
import { asReadError } from './log-source';

/** A part of a plain file: the lines that begin in it. */
export interface Segment {
  readonly path: string;
  /** First byte. */
  readonly from: number;
  /** Byte after the last one; infinite for what is written while the file is read. */
  readonly to: number;
}

const chunkSize = 2 * 1024 * 1024;
/** Room before a chunk for the rest of the line before it. */
const headroom = 64 * 1024;
const segmentSize = 8 * 1024 * 1024;

/** The segments of a file, in order. */
export function segmentsOf(path: string, bytes: number, size = segmentSize): Segment[] {
  const count = Math.max(1, Math.ceil(bytes / size));
  return Array.from({ length: count }, (_, index) => {
    return { path, from: index * size, to: index === count - 1 ? Infinity : (index + 1) * size };
  });
}

/**
 * Reads segments of plain files. It waits for the disk: what reads ahead costs more processor time than the search, and
 * several threads read at once anyway.
 */
export class SegmentReader {
  #buffer: Buffer = Buffer.allocUnsafeSlow(headroom + chunkSize);
  #other: Buffer = Buffer.allocUnsafeSlow(headroom + chunkSize);

  /**
   * Feeds the lines that begin in a segment, the last of them to its end.
   * @throws LogReadError, after what could be read was fed
   */
  read({ path, from, to }: Segment, feeder: LineFeeder): void {
    try {
      const file = openSync(path, 'r');
      try {
        this.#feed(file, firstLine(file, from, to, this.#buffer), to, feeder);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw asReadError(error);
    } finally {
      feeder.end();
    }
  }

  #feed(file: number, from: number, to: number, feeder: LineFeeder): void {
    let at = from;
    let inLine = false;
    while (at < to || inLine) {
      const read = readSync(file, this.#buffer, headroom, Math.min(chunkSize, at < to ? to - at : chunkSize), at);
      if (read === 0) {
        return;
      }
      const chunk = this.#buffer.subarray(headroom, headroom + read);
      // Behind the segment there is only the rest of its last line.
      const taken = at < to ? chunk : chunk.subarray(0, chunk.indexOf(10) + 1 || read);
      feeder.scan(feeder.join(this.#buffer, headroom, headroom + taken.length));
      at += taken.length;
      inLine = taken.at(-1) !== 10;
      // The rest of the last line stays where it is until the next chunk has been read.
      [this.#buffer, this.#other] = [this.#other, this.#buffer];
    }
  }
}

/** Where the first line of a segment begins: behind the first newline from the byte before it on. */
function firstLine(file: number, from: number, to: number, buffer: Buffer): number {
  if (from === 0) {
    return 0;
  }
  for (let at = from - 1; at < to - 1;) {
    const read = readSync(file, buffer, 0, Math.min(headroom, to - 1 - at), at);
    if (read === 0) {
      return to;
    }
    const newline = buffer.subarray(0, read).indexOf(10);
    if (newline !== -1) {
      return at + newline + 1;
    }
    at += read;
  }
  return to;
}
