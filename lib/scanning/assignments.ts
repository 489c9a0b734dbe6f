import { fileKind } from './file-kind';
import type { SourceText } from './detector';

/** A value that stands beside a name. */
export interface Assignment {
  /** The whole name, as it is written: `JWT_SECRET`, `redis.password`, `apiKey`. */
  readonly name: string;
  /** The end of what stands before the name. */
  readonly before: string;
  readonly start: number;
  readonly value: string;
}

type Value = Pick<Assignment, 'start' | 'value'>;

/** Longest name and value that are looked at, so that a line of any length takes linear time. */
const longestName = 120;
const longestValue = 8192;

const nameCharacter = /[\w.-]/;

/**
 * Finds the values beside names in any of the ways that configuration and code write them: `NAME=value`, `name: value`,
 * `"name": "value"`, `env["NAME"] ?? 'value'`, `ENV NAME value`, `--name value`, `{name: NAME, value: value}`, a YAML block.
 * @param words matches a part of every name of interest, with the flags `g` and `i`
 */
export function* findAssignments({ text, path }: SourceText, words: RegExp): Generator<Assignment> {
  const quotesNeeded = fileKind(path) !== 'text';
  let end = 0;
  for (const match of text.matchAll(words)) {
    if (match.index < end) {
      continue;
    }
    const name = nameAround(text, match.index, match.index + match[0].length);
    ({ end } = name);
    const found = valueAfter(text, name.end, quotesNeeded);
    if (found) {
      const before = text.slice(Math.max(0, name.start - longestName), name.start);
      yield { name: text.slice(name.start, name.end), before, ...found };
    }
  }
}

function nameAround(text: string, from: number, to: number): { start: number; end: number } {
  let [start, end] = [from, to];
  while (start > 0 && from - start < longestName && nameCharacter.test(text[start - 1] ?? '')) {
    start -= 1;
  }
  while (end < text.length && end - to < longestName && nameCharacter.test(text[end] ?? '')) {
    end += 1;
  }
  return { start, end };
}

/** The end of the name's own quotes or brackets, and a type: `"]: string | undefined`. */
const afterName =
  /["'`\])]{0,3}(?:[ \t]{0,9}[?!]?:[ \t]{0,9}(?:string|str|String|SecretStr)(?:[ \t]{0,3}\|[ \t]{0,3}(?:undefined|null|None))?(?=[ \t]{0,9}=))?/y;

/** A way to write a value after its name. */
interface Form {
  /** From the end of the name and its quotes. */
  readonly separator: RegExp;
  /** What must stand before the name; nothing where anything may. */
  readonly before?: RegExp;
  /** Whether the value must be quoted also where configuration need not. */
  readonly quoted: boolean;
}

const forms: readonly Form[] = [
  // { name: NAME, value: value }, also over two lines.
  {
    separator: /[ \t]{0,9},?\s{0,200}["'`]?(?:value|defaultValue|default|stringValue)["'`]?[ \t]{0,9}[:=][ \t]{0,9}/y,
    quoted: false,
  },
  // A block of YAML; its first line stands for it.
  { separator: /[ \t]{0,40}:[ \t]{1,40}[|>][-+\d]{0,2}[ \t]{0,40}\r?\n[ \t]{1,200}/y, quoted: false },
  // NAME=value, name: value, name := value, ${NAME:-value}
  { separator: /[ \t]{0,40}(?::-|:=|=(?![=>])|:)[ \t]{0,40}(?![\s])/y, quoted: false },
  { separator: /[ \t]{0,40}(?:=>|[=!]==?|\?\?=?|\|\|=?|\bor\b|[=:][ \t]{0,9}(?=\r?\n))\s{0,200}/y, quoted: true },
  // get("NAME", "value")
  { separator: /[ \t]{0,9},\s{0,200}/y, before: /\(\s{0,40}["'`][\w.-]*$/, quoted: true },
  // ENV NAME value, requirepass value, --name value
  {
    separator: /[ \t]{1,40}/y,
    before: /(?:^|\n)[ \t]*(?:(?:ENV|ARG)[ \t]+[\w.-]*|requirepass|masterauth)$|[ \t]--[\w.-]+$/i,
    quoted: false,
  },
  // PASSWORD 'value', IDENTIFIED WITH method BY 'value'
  { separator: /[ \t]{1,40}(?:WITH (?!\w{0,40}hash)\w{1,40} )?(?:BY[ \t]{1,9})?/iy, quoted: true },
];

/** What a value may begin with: letters of a string in Python, a header's scheme. */
const quote = /(?:\b[bruf]{1,2}(?=["']))?("""|'''|["'`])(?:Bearer |Basic )?/y;
/** A document begins with a bracket and goes on to the end of its line. */
const bareValue = /(?:Bearer |Basic )?([[{][^\n]*|[^\s"'`,;&<>()[\]|\\]+)/y;

function valueAfter(text: string, nameEnd: number, quotesNeeded: boolean): Value | undefined {
  const from = skip(afterName, text, nameEnd);
  const before = text.slice(Math.max(0, nameEnd - 2 * longestName), nameEnd);
  for (const form of forms) {
    const at = skip(form.separator, text, from);
    if (at > from && (form.before?.test(before) ?? true)) {
      return quotedValue(text, at) ?? (quotesNeeded || form.quoted ? undefined : plainValue(text, at));
    }
  }
  return undefined;
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

function quotedValue(text: string, at: number): Value | undefined {
  quote.lastIndex = at;
  const opening = quote.exec(text);
  if (!opening) {
    return undefined;
  }
  const [whole, mark = ''] = opening;
  const start = at + whole.length;
  const limit = Math.min(text.length, start + longestValue);
  for (let end = start; end < limit; end += 1) {
    const character = text[end];
    if (character === '\\') {
      end += 1;
    } else if (character === mark[0] && text.startsWith(mark, end)) {
      return { start, value: text.slice(start, end) };
    } else if (character === '\n' && mark.length < 3) {
      return undefined;
    }
  }
  return undefined;
}

function plainValue(text: string, at: number): Value | undefined {
  bareValue.lastIndex = at;
  const [whole, value = ''] = bareValue.exec(text.slice(0, at + longestValue)) ?? [];
  return whole === undefined ? undefined : { start: at + whole.length - value.length, value };
}
