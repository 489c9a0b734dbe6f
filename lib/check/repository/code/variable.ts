/** One place where code reads an environment variable. */
export interface VariableRead {
  readonly name: string;
  /** Line, from 1. */
  readonly line: number;
  /** Whether the program needs a value: it has no default there, and does not ask whether there is one. */
  readonly required: boolean;
}

/** What one file of code reads from its environment. */
export interface CodeReads {
  readonly variables: readonly VariableRead[];
  /** Whether it reads names that are only known when it runs, so that more may be read than is listed. */
  readonly dynamic: boolean;
}

/** How one language reads its environment. */
export type CodeReader = (lines: readonly string[]) => CodeReads;

/** Longer lines are no code that a person wrote. */
const longestLine = 2_000;

/** Lines of a text, those that are too long to be code as empty ones. */
export function codeLines(text: string): string[] {
  return text.split('\n').map((line) => (line.length > longestLine ? '' : line.trimEnd()));
}

/** The text between an opening bracket at a position and its closing one, within the next lines; joined by spaces. */
export function bracketed(lines: readonly string[], line: number, column: number): string {
  const most = 30;
  let depth = 0;
  let inside = '';
  for (let row = line; row < Math.min(lines.length, line + most); row++) {
    for (const character of (lines[row] ?? '').slice(row === line ? column : 0)) {
      if ('([{'.includes(character)) {
        depth++;
      } else if (')]}'.includes(character) && --depth === 0) {
        return inside.slice(1);
      }
      inside += character;
    }
    inside += ' ';
  }
  return inside.slice(1);
}
