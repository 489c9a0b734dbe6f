import type { CodeReader, VariableRead } from './variable';

/**
 * `process.env.X`, `process.env['X']`, destructuring of `process.env`, NestJS's `config.get('X')`, and the keys of zod and
 * Joi schemas of the environment.
 */
export const readJavaScript: CodeReader = (lines) => {
  const checksEnvironment = lines.some((line) => /env/i.test(line));
  const variables: VariableRead[] = [];
  let dynamic = false;
  lines.forEach((line, index) => {
    if (/^\s*(?:\/\/|\*|\/\*)/.test(line)) {
      return;
    }
    variables.push(
      ...accesses(lines, index),
      ...destructured(lines, index),
      ...configurationReads(line, index),
      ...(checksEnvironment ? schemaKey(lines, index) : []),
    );
    dynamic ||=
      /process\.env\s*\[\s*[^'"\s]/.test(line) ||
      /(?:\.\.\.|Object\.\w+\(\s*)process\.env\b(?!\s*[.[?])/.test(line) ||
      /\w*[cC]onfig(?:Service)?\.get(?:OrThrow)?(?:<[^<>()]{0,60}>)?\(\s*[^'")\s]/.test(line);
  });
  return { variables, dynamic };
};

const access = /process\.env(?:\?\.|\.|\[['"])([A-Za-z_][A-Za-z0-9_]*)(?:['"]\])?/g;

function accesses(lines: readonly string[], index: number): VariableRead[] {
  const line = lines[index] ?? '';
  return [...line.matchAll(access)].flatMap((match) => {
    const before = line.slice(0, match.index);
    const after = line.slice(match.index + match[0].length);
    if (/^\s*(?:=(?![=>])|\?\?=|\|\|=)/.test(after) || /\bdelete\s+$/.test(before)) {
      return [];
    }
    const next = `${after.trim() === '' || /^[,);]*$/.test(after.trim()) ? '' : after} `;
    const refused = /!\s*$/.test(before) && throws(lines, index);
    const required = refused || !(isTested(before, next) || continues(after, lines[index + 1]));
    return [{ name: match[1] ?? '', line: index + 1, required }];
  });
}

/** `if (!process.env.X) { throw ... }` */
function throws(lines: readonly string[], index: number): boolean {
  return lines.slice(index, index + 3).some((line) => /\bthrow\b|process\.exit\(/.test(line));
}

/** A default, or a question whether there is a value. */
function isTested(before: string, after: string): boolean {
  return (
    /^[\s)]*(?:\?\?|\|\||&&|\?(?!\.)|\?\.|[!=]==?)/.test(after) ||
    /(?:!|[!=]==?\s?|\bif\s?\(|\bwhile\s?\(|\btypeof\s)$/.test(before)
  );
}

/** A default on the next line. */
function continues(after: string, next: string | undefined): boolean {
  return after.trim() === '' && /^\s*(?:\?\?|\|\||&&|\?)/.test(next ?? '');
}

/** `const { A, B = 'x' } = process.env` */
function destructured(lines: readonly string[], index: number): VariableRead[] {
  const line = lines[index] ?? '';
  const end = /\}\s*=\s*process\.env\b(?!\s*[.[?])/.exec(line);
  if (!end) {
    return [];
  }
  let start = index;
  while (start > Math.max(0, index - 30) && !textBefore(lines, start, index, end.index).includes('{')) {
    start--;
  }
  return lines.slice(start, index + 1).flatMap((_, offset) => {
    const row = start + offset;
    const text = textBefore(lines, row, index, end.index);
    const names = text.slice(text.lastIndexOf('{') + 1).split(',');
    return names.flatMap((entry) => {
      const name = /^\s*([A-Za-z_][A-Za-z0-9_]*)/.exec(entry)?.[1];
      return name === undefined || entry.trim().startsWith('...')
        ? []
        : [{ name, line: row + 1, required: !entry.includes('=') }];
    });
  });
}

function textBefore(lines: readonly string[], row: number, last: number, column: number): string {
  const line = lines[row] ?? '';
  return row === last ? line.slice(0, column) : line;
}

const configurationRead =
  /\b\w{0,60}[cC]onfig(?:Service)?\.(get|getOrThrow)(?:<[^<>()]{0,60}>)?\(\s*['"]([A-Z][A-Z0-9_]*)['"]\s*([,)]?)(.{0,4})/g;

function configurationReads(line: string, index: number): VariableRead[] {
  return [...line.matchAll(configurationRead)].map(([, method, name = '', next, after = '']) => ({
    name,
    line: index + 1,
    // `{ infer: true }` is no default.
    required: method === 'getOrThrow' || (next === ',' ? /^\s*\{/.test(after) : !/^\s*(?:\?|\|\|)/.test(after)),
  }));
}

/** `JWT_SECRET: z.string().min(32)`: zod requires what is not optional, Joi only what is `required()`. */
function schemaKey(lines: readonly string[], index: number): VariableRead[] {
  const match = /^\s*['"]?([A-Z][A-Z0-9_]*)['"]?\s*:\s*(z|zod|Joi|joi)\b/.exec(lines[index] ?? '');
  if (!match) {
    return [];
  }
  const more = lines.slice(index + 1, index + 8);
  const end = more.findIndex((line) => !/^\s*\./.test(line));
  const text = [lines[index] ?? '', ...more.slice(0, end === -1 ? undefined : end)].join(' ');
  const required = (match[2] ?? '').startsWith('z')
    ? !/\.(?:default|optional|nullish|catch|prefault)\(/.test(text)
    : text.includes('.required(') && !text.includes('.default(');
  return [{ name: match[1] ?? '', line: index + 1, required }];
}
