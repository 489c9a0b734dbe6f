/**
 * Rows under headings, columns as wide as their widest cell.
 * @param rows gone through twice, so that many need not be kept
 */
export function table(headings: readonly string[], rows: Iterable<readonly string[]>): string {
  const widths = headings.map((heading) => heading.length);
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const lines = [lineOf(headings, widths)];
  for (const row of rows) {
    lines.push(lineOf(row, widths));
  }
  return lines.join('\n');
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  let line = '';
  row.forEach((cell, column) => {
    line += `${cell.padEnd(widths[column] ?? 0)}  `;
  });
  return line.trimEnd();
}

/** Writes a line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a value as indented JSON to standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
