/** What an answer may lack. */
export type GapKind =
  /** The window begins before the log or ends after it. */
  | 'window'
  /** Hours in which nothing was recorded. */
  | 'silence'
  /** A file or a part of one was not read. */
  | 'file'
  /** Lines that could not be read. */
  | 'lines'
  /** Entries that are older than one before them. */
  | 'order'
  /** A request without its answer, or an answer without its request. */
  | 'unpaired'
  /** An audit device was enabled or disabled. */
  | 'device'
  /** Values that were handed on in a way that the log does not follow. */
  | 'wrapped'
  /** A hash that cannot be compared with all of the log. */
  | 'salt'
  /** A log that was not looked at. */
  | 'log';

/** One reason why something may have happened that the answer does not show. */
export interface Gap {
  readonly kind: GapKind;
  readonly message: string;
  /** What would close it. */
  readonly fix?: string;
  /** Where, as `file:line`; the first ones. */
  readonly places?: readonly string[];
}

/** `2026-11-26T19:48:36Z` */
export function instant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
