import type { DotenvReader } from '../catalog';
import { DotenvSyntaxError, dotenvParsers } from './readers';

/** Characters that mean nothing to any reader, nor to a shell that assigns them. */
const plain = /^[A-Za-z0-9_./:@%+,=?-]+$/;

/**
 * The ways to write a value, the most common first. None fits every reader and value: `dotenv` knows no escape but
 * `\n` and `\r` in double quotes, Docker Compose replaces `$NAME` outside single quotes, and only `dotenv` knows
 * backticks.
 */
function candidates(value: string): string[] {
  const oneLine = value.replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  const escaped = value
    .replace(/[\\"$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return [
    ...(plain.test(value) ? [value] : []),
    // A value of several lines stays on one where that is possible: other tools read line by line.
    ...(oneLine === value ? [] : [`"${oneLine}"`]),
    `'${value}'`,
    `"${oneLine}"`,
    `"${escaped}"`,
    `\`${value}\``,
    value,
  ];
}

/**
 * Writes a value so that every reader gets exactly that value.
 * @returns the text after `NAME=`; nothing when no way of writing it is the same to all of them
 */
export function quoteValue(value: string, readers: readonly DotenvReader[]): string | undefined {
  // An environment variable has no place for NUL, and UTF-8 none for half of a surrogate pair.
  if (value.includes('\0') || /\p{Surrogate}/u.test(value)) {
    return undefined;
  }
  return candidates(value).find((candidate) => readers.every((reader) => carries(reader, candidate, value)));
}

/** Quotes on the lines that follow must not change how a line is read. */
const followers = 'SINGLE=\'s\'\nDOUBLE="d"\nBACKTICK=`b`\n';

function carries(reader: DotenvReader, candidate: string, value: string): boolean {
  try {
    const values = dotenvParsers[reader](`BEFORE=b\nVALUE=${candidate}\n${followers}`);
    return values.size === 5 && values.get('VALUE') === value && values.get('DOUBLE') === 'd';
  } catch (error) {
    if (error instanceof DotenvSyntaxError) {
      return false;
    }
    throw error;
  }
}
