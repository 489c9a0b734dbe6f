/** Takes whole lines out of a view of a log. */
export interface LineTaker {
  /** @returns the number of bytes of complete lines */
  scan(view: Buffer): number;
  /** Takes the last line, which no newline ends. */
  end(view: Buffer): void;
  /** Told of a line that is too long to keep. */
  skip(bytes: number, mentions: boolean): void;
  mentions(view: Buffer): boolean;
}

/** Lines of more bytes are not read, only counted, so that memory is bounded. */
export const longestLine = 16 * 1024 * 1024;
/** Bytes kept of a skipped line, so that what is looked for is found where two chunks meet. */
const overlap = 1024;

const nothing = Buffer.alloc(0);

/** Joins chunks of a log where a line goes on from one to the next. */
export class LineFeeder {
  #rest: Buffer = nothing;
  #skipping: { bytes: number; mentions: boolean; tail: Buffer } | undefined;

  constructor(readonly lines: LineTaker) {}

  /**
   * The bytes from `start` to `end` after the rest of the chunk before, which is copied to the bytes before `start` if
   * there is room. Give the result to {@link scan}.
   */
  join(buffer: Buffer, start: number, end: number): Buffer {
    const rest = this.#rest;
    this.#rest = nothing;
    if (rest.length <= start) {
      rest.copy(buffer, start - rest.length);
      return buffer.subarray(start - rest.length, end);
    }
    return Buffer.concat([rest, buffer.subarray(start, end)]);
  }

  /** Its bytes must stay as they are until the next {@link join}. */
  scan(view: Buffer): void {
    const from = this.#skipping ? this.#skip(view) : 0;
    const rest = view.subarray(from);
    this.#rest = rest.subarray(this.#skipping ? rest.length : this.lines.scan(rest));
    if (this.#rest.length > longestLine) {
      this.#beginSkipping(this.#rest);
    }
  }

  /** The log ends here. */
  end(): void {
    if (this.#skipping) {
      this.lines.skip(this.#skipping.bytes, this.#skipping.mentions);
      this.#skipping = undefined;
    }
    this.lines.end(this.#rest);
    this.#rest = nothing;
  }

  #beginSkipping(line: Buffer): void {
    this.#skipping = { bytes: line.length, mentions: this.lines.mentions(line), tail: tailOf(line) };
    this.#rest = nothing;
  }

  /** @returns where the next line begins */
  #skip(view: Buffer): number {
    const newline = view.indexOf(10);
    const piece = view.subarray(0, newline === -1 ? view.length : newline);
    const skipping = this.#skipping;
    if (!skipping) {
      return 0;
    }
    const seam = Buffer.concat([skipping.tail, piece]);
    skipping.mentions ||= this.lines.mentions(seam);
    skipping.bytes += piece.length;
    skipping.tail = tailOf(seam);
    if (newline === -1) {
      return view.length;
    }
    this.lines.skip(skipping.bytes, skipping.mentions);
    this.#skipping = undefined;
    return newline + 1;
  }
}

function tailOf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(-overlap));
}
