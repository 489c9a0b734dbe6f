const decoder = new TextDecoder('utf-8', { fatal: true });

/** The name of a file as text with `/`; bytes that are not UTF-8, and control characters, as `\xNN`. */
export function displayPath(name: Buffer): string {
  let path: string;
  try {
    path = decoder.decode(name);
  } catch {
    path = name.toString('latin1').replace(/[\x80-\xff]/g, escaped);
  }
  // A terminal must not act on a name.
  return path.replace(/[\x00-\x1f\x7f-\x9f]/g, escaped);
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
