/** The text of a file, and whether it is written as every tool expects. */
export interface FileText {
  readonly text: string;
  /** One clause in lower case. @default - UTF-8 */
  readonly problem?: string;
}

/** Reads bytes as UTF-8, or, to see what a file is about, as what they are. A byte order mark is left out. */
export function decodeText(bytes: Buffer): FileText {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : undefined;
  if (utf16 !== undefined) {
    return { text: new TextDecoder(utf16).decode(bytes), problem: 'the file is UTF-16 text' };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? { text: text.replaceAll('\0', ''), problem: 'the file holds zero bytes' } : { text };
  } catch {
    return { text: new TextDecoder('latin1').decode(bytes), problem: 'the file is not UTF-8 text' };
  }
}
