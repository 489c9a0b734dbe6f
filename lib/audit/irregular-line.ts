/** Why a line is not an entry. */
export type Irregularity =
  /** It ends before its JSON does. */
  | 'truncated'
  /** It holds bytes that are no text. */
  | 'binary'
  /** It is something else, or two entries that were written over each other. */
  | 'notAnEntry'
  /** It is too long to be read. */
  | 'tooLong';

/** What container runtimes and the option `prefix` of audit devices write before an entry is at most so long. */
const longestPrefix = 256;

/** JSON of a line, also after a byte order mark or a prefix; nothing where there is none. */
export function parseLine(text: string): unknown {
  const begin = text.startsWith('{') ? 0 : text.slice(0, longestPrefix).indexOf('{');
  try {
    return begin === -1 ? undefined : (JSON.parse(text.slice(begin)) as unknown);
  } catch {
    return undefined;
  }
}

/**
 * Says why a line that is not an entry is none.
 * @param mentions whether it holds what is looked for
 * @returns nothing where it is a line of the server's own log, which has a place in a log and says nothing here
 */
export function irregularityOf(text: string, mentions: boolean): Irregularity | undefined {
  if (!mentions && isServerLog(text)) {
    return undefined;
  }
  // U+FFFD stands for bytes that are not UTF-8. JSON writes control characters as escapes.
  if (/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text)) {
    return 'binary';
  }
  return text.startsWith('{') && !text.endsWith('}') ? 'truncated' : 'notAnEntry';
}

/** As between the entries of a device that writes to standard output. */
function isServerLog(text: string): boolean {
  return /^(\d{4}-\d\d-\d\dT\S+\s+\[[A-Z]+\] |==> | {2,}|\{"@level":)/.test(text) && !text.includes('"request":');
}
