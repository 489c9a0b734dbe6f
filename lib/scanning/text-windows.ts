/** A part of a file's text that is looked at by itself. */
export interface TextWindow {
  readonly text: string;
  /** Line and column of the first character, from 1. */
  readonly line: number;
  readonly column: number;
  /** What begins in this part is found in this window; what begins outside of it, in another one. */
  readonly ownsFrom: number;
  readonly ownsTo: number;
}

const defaultSizes = { window: 1024 * 1024, overlap: 32 * 1024 };

/** Git too takes a file for binary that has a zero byte in its first 8000. */
const binaryProbe = 8000;

/**
 * Cuts the text of a file into windows that overlap, so that a file of any size takes little memory and nothing is lost
 * where they meet. UTF-16 is told by its byte order mark; anything else is read as UTF-8.
 * @returns nothing for a binary file
 */
export async function textWindows(
  content: AsyncIterable<Buffer>,
  sizes = defaultSizes,
): Promise<AsyncGenerator<TextWindow> | undefined> {
  const chunks = content[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  for (let length = 0; length < binaryProbe;) {
    const next = await chunks.next();
    if (next.done === true) {
      break;
    }
    head.push(next.value);
    length += next.value.length;
  }
  const start = Buffer.concat(head);
  const encoding = encodingOf(start);
  if (encoding === undefined) {
    await chunks.return?.();
    return undefined;
  }
  return cut(decoded(start, chunks, encoding), sizes);
}

function encodingOf(start: Buffer): string | undefined {
  const mark = start.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') {
    return mark === 'fffe' ? 'utf-16le' : 'utf-16be';
  }
  return start.subarray(0, binaryProbe).includes(0) ? undefined : 'utf-8';
}

/** A chunk may be of any length: one of a megabyte is a window already. */
const longestDecoded = 256 * 1024;

async function* decoded(start: Buffer, chunks: AsyncIterator<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for (let chunk: Buffer | undefined = start; chunk !== undefined;) {
    for (let at = 0; at < chunk.length; at += longestDecoded) {
      yield decoder.decode(chunk.subarray(at, at + longestDecoded), { stream: true });
    }
    const next = await chunks.next();
    chunk = next.done === true ? undefined : next.value;
  }
  yield decoder.decode();
}

async function* cut(
  texts: AsyncGenerator<string>,
  { window, overlap }: typeof defaultSizes,
): AsyncGenerator<TextWindow> {
  let text = '';
  let [line, column, ownsFrom] = [1, 1, 0];
  for await (const more of texts) {
    text += more;
    while (text.length > window + overlap) {
      const ownsTo = window - overlap / 2;
      yield { text: text.slice(0, window), line, column, ownsFrom, ownsTo };
      ({ line, column } = advance(text, window - overlap, line, column));
      text = text.slice(window - overlap);
      ownsFrom = overlap / 2;
    }
  }
  yield { text, line, column, ownsFrom, ownsTo: Infinity };
}

/** Line and column of a place in a text. */
export function advance(text: string, to: number, line: number, column: number): { line: number; column: number } {
  let [lines, lineStart] = [0, -1];
  for (let at = text.indexOf('\n'); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) {
    lines += 1;
    lineStart = at;
  }
  return lines === 0 ? { line, column: column + to } : { line: line + lines, column: to - lineStart };
}
