import { bracketed, type CodeReader, type VariableRead } from './variable';

/** `os.environ[...]`, `os.environ.get`, `os.getenv`, and the fields of pydantic's `BaseSettings`. */
export const readPython: CodeReader = (lines) => {
  const variables: VariableRead[] = [];
  let dynamic = false;
  lines.forEach((line, index) => {
    if (/^\s*#/.test(line)) {
      return;
    }
    variables.push(...indexed(line, index), ...calls(lines, index), ...settings(lines, index));
    dynamic ||=
      /\benviron\s*\[\s*[^'"\s]/.test(line) ||
      /\b(?:environ\.get|getenv)\(\s*[^'"\s)]/.test(line) ||
      /(?:\bdict\(|\*\*|\bin\s|=\s?)(?:os\.)?environ\b(?!\s*[.[])|\benviron\.(?:items|copy|keys|values)\(/.test(line);
  });
  return { variables, dynamic };
};

/** `os.environ['X']`, which raises KeyError without a value. */
function indexed(line: string, index: number): VariableRead[] {
  return [...line.matchAll(/\benviron\[['"]([A-Za-z_][A-Za-z0-9_]*)['"]\]/g)].flatMap((match) => {
    const after = line.slice(match.index + match[0].length);
    const before = line.slice(0, match.index);
    return /^\s*=(?!=)/.test(after) || /\bdel\s+(?:os\.)?$/.test(before)
      ? []
      : [{ name: match[1] ?? '', line: index + 1, required: true }];
  });
}

function calls(lines: readonly string[], index: number): VariableRead[] {
  const line = lines[index] ?? '';
  return [...line.matchAll(/\b(?:environ\.get|getenv)\(/g)].flatMap((match) => {
    const open = match.index + match[0].length - 1;
    const written = bracketed(lines, index, open);
    const name = /^\s*['"]([A-Za-z_][A-Za-z0-9_]*)['"]/.exec(written)?.[1];
    if (name === undefined) {
      return [];
    }
    const hasDefault = /^\s*['"]\w+['"]\s*,\s*\S/.test(written) && !/,\s*None\s*,?\s*$/.test(written);
    const tested =
      /^\)*\s*(?:or\b|is\b|in\b|if\b|==|!=)/.test(line.slice(open + 1 + written.length)) ||
      /(?:\bif|\bnot|\bwhile|\belif|\band)\s+(?:os\.)?$/.test(line.slice(0, match.index));
    return [{ name, line: index + 1, required: !hasDefault && !tested }];
  });
}

/** Fields of a class that pydantic-settings fills from the environment (https://docs.pydantic.dev/latest/concepts/pydantic_settings/). */
function settings(lines: readonly string[], index: number): VariableRead[] {
  const head = /^(\s*)class\s+\w+\((?:[\w., ]{0,200}\.)?BaseSettings\b/.exec(lines[index] ?? '');
  if (!head) {
    return [];
  }
  const outer = (head[1] ?? '').length;
  const body = lines.slice(index + 1);
  const end = body.findIndex((line) => line.trim() !== '' && indentOf(line) <= outer);
  const own = end === -1 ? body : body.slice(0, end);
  const inner = indentOf(own.find((line) => line.trim() !== '') ?? '');
  const prefix = /\benv_prefix\s*=\s*['"]([A-Za-z0-9_]*)['"]/.exec(own.join('\n'))?.[1] ?? '';
  return own.flatMap((line, offset): VariableRead[] => {
    const match = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*:\s*([^=]*)(=.*)?$/.exec(line);
    if (!match || indentOf(line) !== inner || (match[2] ?? '').includes('ClassVar') || match[1] === 'model_config') {
      return [];
    }
    const value = (match[3] ?? '').slice(1).trim();
    const field = value.startsWith('Field(')
      ? bracketed(lines, index + 1 + offset, line.indexOf('Field(') + 'Field'.length)
      : undefined;
    const alias = /\b(?:validation_alias|alias|env)\s*=\s*['"]([A-Za-z_][A-Za-z0-9_]*)['"]/.exec(field ?? '')?.[1];
    return [
      {
        name: (alias ?? prefix + (match[1] ?? '')).toUpperCase(),
        line: index + 2 + offset,
        required: value === '' || value === '...' || (field !== undefined && !hasFieldDefault(field)),
      },
    ];
  });
}

/** The first argument of `Field` is the default, and `...` says that there is none. */
function hasFieldDefault(field: string): boolean {
  return /\bdefault(?:_factory)?\s*=/.test(field) || !/^\s*(?:\.\.\.|\w+\s*=|$)/.test(field);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
