/** A variable of a `.env` file, by its place in the text. */
export interface DotenvEntry {
  readonly name: string;
  /** Line of the name, from 1. */
  readonly line: number;
  /** Where the value begins and ends in the text, quotes included. */
  readonly start: number;
  readonly end: number;
}

const nameAt = /[^\S\n]*(?:export[^\S\n]+)?([A-Za-z0-9_.-]+)[^\S\n]*(?:=|:(?=\s))[^\S\n]*/y;
const restOfLine = /[^\n]*\n?/y;
const onlyComment = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;

/**
 * The text of a `.env` file, in which values can be replaced while every comment, blank line, order and line ending
 * stays as it is. It says where values are; what they mean is up to the readers.
 */
export class DotenvDocument {
  readonly entries: readonly DotenvEntry[];

  constructor(readonly text: string) {
    this.entries = findEntries(text);
  }

  /** The entry that counts: the last one of its name. */
  find(name: string): DotenvEntry | undefined {
    return this.entries.findLast((entry) => entry.name === name);
  }

  /** The value of an entry as it is written. */
  written(entry: DotenvEntry): string {
    return this.text.slice(entry.start, entry.end);
  }

  /** Names that are written more than once. */
  get repeated(): DotenvEntry[] {
    return this.entries.filter((entry) => this.find(entry.name) !== entry);
  }

  /**
   * The document with a value written; a name that is not there is added at the end.
   * @param quoted what stands after `NAME=`
   */
  with(name: string, quoted: string): DotenvDocument {
    const entry = this.find(name);
    if (entry === undefined) {
      return this.append(`${name}=${quoted}`);
    }
    const after = this.text.slice(entry.end);
    // Without a space, Docker Compose would take a comment for a part of the value.
    const gap = after.startsWith('#') ? ' ' : '';
    return new DotenvDocument(`${this.text.slice(0, entry.start)}${quoted}${gap}${after}`);
  }

  /** The document with one more line at the end. */
  append(line: string): DotenvDocument {
    const newline = this.text.includes('\r\n') ? '\r\n' : '\n';
    const separator = this.text === '' || this.text.endsWith('\n') ? '' : newline;
    return new DotenvDocument(`${this.text}${separator}${line}${newline}`);
  }
}

function findEntries(text: string): DotenvEntry[] {
  const entries: DotenvEntry[] = [];
  let line = 1;
  for (let position = text.startsWith('\ufeff') ? 1 : 0; position < text.length;) {
    const match = matchAt(nameAt, text, position);
    let end = position;
    if (match?.[1] !== undefined) {
      const start = position + match[0].length;
      end = valueEnd(text, start);
      entries.push({ name: match[1], line, start, end });
    }
    const next = end + (matchAt(restOfLine, text, end)?.[0].length ?? 0);
    line += text.slice(position, next).split('\n').length - 1;
    position = next;
  }
  return entries;
}

/** A quoted value ends at the first closing quote after which only a comment follows; any other at the comment. */
function valueEnd(text: string, start: number): number {
  const quote = text[start] ?? '';
  if (quote !== '' && '\'"`'.includes(quote)) {
    for (let end = text.indexOf(quote, start + 1); end !== -1; end = text.indexOf(quote, end + 1)) {
      if (!escaped(text, end) && matchAt(onlyComment, text, end + 1) !== null) {
        return end + 1;
      }
    }
  }
  const [bare = ''] = (matchAt(/[^\n]*/y, text, start)?.[0] ?? '').split(/(?:^|\s)#/, 1);
  return start + bare.trimEnd().length;
}

function escaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text[quote - 1 - slashes] === '\\') {
    slashes++;
  }
  return slashes % 2 === 1;
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}
