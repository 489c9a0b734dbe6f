import { parse } from 'dotenv';
import type { DotenvReader } from '../catalog';
import { type Lookup, substituteTemplate, TemplateError } from './compose-template';

/** A text that a reader refuses. The message never shows the text. */
export class DotenvSyntaxError extends Error {
  constructor(
    message: string,
    /** Line, from 1. */
    readonly line: number,
  ) {
    super(message);
    this.name = 'DotenvSyntaxError';
  }
}

/** What a program that reads a `.env` file sees in it. */
export type DotenvParser = (text: string) => ReadonlyMap<string, string>;

/** One parser a reader. */
export const dotenvParsers: Readonly<Record<DotenvReader, DotenvParser>> = {
  compose: readAsCompose,
  dotenv: (text) => new Map(Object.entries(parse(text))),
};

/** Every reader that quoting is checked for. */
export const allReaders: readonly DotenvReader[] = ['compose', 'dotenv'];

/** White space inside a line, and white space that a value without quotes loses at its end (Go's unicode.IsSpace). */
const inlineSpace = /[\t\v\f\r \u0085\u00a0]*/y;
const trailingSpace = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;
const anySpace = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*/y;

/**
 * Reads a `.env` file as Docker Compose does, without variables of the process.
 * Source: the package `dotenv` of github.com/compose-spec/compose-go, with which the tests compare every answer.
 * @throws DotenvSyntaxError where Docker Compose would stop
 */
export function readAsCompose(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let position = text.startsWith('\ufeff') ? 1 : 0;
  for (;;) {
    position = statementStart(text, position);
    if (position >= text.length) {
      return values;
    }
    const name = nameAt(text, position);
    position = name.end;
    if (!name.inherited) {
      const value = valueAt(text, position, (variable) => values.get(variable));
      values.set(name.name, value.value);
      position = value.end;
    }
  }
}

/** Skips white space and comments. */
function statementStart(text: string, from: number): number {
  for (let position = from; ;) {
    position = skip(anySpace, text, position);
    if (text[position] !== '#') {
      return position;
    }
    position = endOfLine(text, position);
  }
}

function nameAt(text: string, from: number): { name: string; end: number; inherited: boolean } {
  const exported = /export[\t\n\f\r ]+/y;
  exported.lastIndex = from;
  const start = exported.test(text) ? skip(inlineSpace, text, from + 'export'.length) : from;
  if (start >= text.length) {
    throw new DotenvSyntaxError('"export" is followed by nothing', lineAt(text, from));
  }
  const pattern = /[\p{L}\p{N}_.\-[\]\t\v\f\r \u0085\u00a0]*/uy;
  pattern.lastIndex = start;
  const found = pattern.exec(text)?.[0] ?? '';
  const delimiter = text[start + found.length];
  if (delimiter !== undefined && !'=:\n'.includes(delimiter)) {
    throw new DotenvSyntaxError('a name holds a character that is not allowed', lineAt(text, start));
  }
  // Without any delimiter before the end of the file, Docker Compose reads an empty name.
  const name = delimiter === undefined ? '' : found.replace(trailingSpace, '');
  if (name.includes(' ')) {
    throw new DotenvSyntaxError('a name holds a space', lineAt(text, start));
  }
  const after = delimiter === undefined ? start : start + found.length + 1;
  return { name, end: skip(inlineSpace, text, after), inherited: delimiter === '\n' };
}

function valueAt(text: string, from: number, lookup: Lookup): { value: string; end: number } {
  const quote = text[from];
  if (quote !== "'" && quote !== '"') {
    const end = endOfLine(text, from);
    const [bare = ''] = text.slice(from, end).split(' #', 1);
    return { value: substitute(text, from, bare.replace(trailingSpace, ''), lookup), end: end + 1 };
  }
  const quoted = quotedAt(text, from, quote);
  const value = quote === '"' ? substitute(text, from, expandEscapes(quoted.value), lookup) : quoted.value;
  return { value, end: quoted.end };
}

/** Text up to the closing quote; a backslash before that quote is left out, every other backslash stays. */
function quotedAt(text: string, from: number, quote: string): { value: string; end: number } {
  let value = '';
  for (let index = from + 1; index < text.length; index++) {
    const character = text[index] ?? '';
    if (character === quote) {
      return { value, end: index + 1 };
    }
    const next = text[index + 1];
    if (character === '\\' && next !== undefined) {
      value += next === quote ? quote : `\\${next}`;
      index++;
    } else {
      value += character;
    }
  }
  throw new DotenvSyntaxError('a quote is not closed', lineAt(text, from));
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  $: '$$',
};

function expandEscapes(text: string): string {
  return text.replace(
    /\\(?:([abcfnrtv$"\\])|0(\d{0,3}))/g,
    (all: string, letter: string | undefined, digits: string | undefined) => {
      if (letter !== undefined) {
        return escapes[letter] ?? all;
      }
      // An octal number has three digits and is one byte; what is not one loses its zero all the same.
      const octal = digits ?? '';
      return /^[0-3][0-7]{2}$/.test(octal) ? String.fromCharCode(Number.parseInt(octal, 8)) : `\\${octal}`;
    },
  );
}

function substitute(text: string, from: number, template: string, lookup: Lookup): string {
  try {
    return substituteTemplate(template, lookup);
  } catch (error) {
    if (error instanceof TemplateError) {
      throw new DotenvSyntaxError(error.message, lineAt(text, from));
    }
    throw error;
  }
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return from + (pattern.exec(text)?.[0].length ?? 0);
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
