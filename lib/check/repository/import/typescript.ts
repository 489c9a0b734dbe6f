/** A string literal as prettier writes it with single quotes. */
export function quote(text: string): string {
  const json = JSON.stringify(text);
  return text.includes("'") && !text.includes('"')
    ? json
    : `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A list of keys as prettier quotes them: all that need it. */
export function key(text: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(text) ? text : quote(text);
}

/** Line width of the draft; what is longer is broken as prettier breaks it. */
const width = 120;

/** An import of names from a module. */
export function importOf(names: readonly string[], module: string): string[] {
  const line = `import { ${names.join(', ')} } from ${quote(module)};`;
  return line.length <= width ? [line] : ['import {', ...names.map((name) => `  ${name},`), `} from ${quote(module)};`];
}

/** A comment of one paragraph, in lines that fit. */
export function comment(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = `${indent}//`;
  // A line break would end the comment and begin code.
  for (const word of text.split(/\s+/)) {
    if (line.length + 1 + word.length > width && !line.endsWith('//')) {
      lines.push(line);
      line = `${indent}//`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** Words that cannot name a constant. */
const taken: ReadonlySet<string> = new Set(
  'arguments as async await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield'.split(
    ' ',
  ),
);

/** A name for a constant, made of words: `shop/ml-api` becomes `shopMlApi`. */
export function identifier(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word, index) => (index === 0 ? lowerFirst(word) : upperFirst(word))).join('');
  const name = /^[A-Za-z]/.test(joined) ? joined : `secret${upperFirst(joined)}`;
  return taken.has(name) ? `${name}Secret` : name;
}

function lowerFirst(word: string): string {
  return word === word.toUpperCase() ? word.toLowerCase() : word.charAt(0).toLowerCase() + word.slice(1);
}

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
