import { partOf } from '../data';
import type { Location, ObjectPath } from '../model';
import type { Manifest } from '../../../kubernetes/object-rules';

/**
 * Finds the parts of a rendered object in the text that it was rendered from, which has no positions of its own: first the
 * document with the object's kind and name, then in it the line that alone has the value, or else the key.
 * @param file path from the root
 * @returns see LocatedObject.locate; line 1 where nothing can be told
 */
export function locateInSource(file: string, text: string, manifest: Manifest): (path: ObjectPath) => Location {
  const lines = text.split('\n');
  const [start, end] = documentOf(lines, manifest);
  const own = lines.slice(start, end);
  const head = own.findIndex((line) => startsWithKey(line, 'kind') && line.includes(manifest.kind));
  const at = (index: number): Location => ({ file, line: start + Math.max(index, 0) + 1 });
  return (path) => {
    const found = lineOfPart(own, manifest, path);
    return at(found ?? head);
  };
}

/** The document of a file that has the kind, and if possible the name. */
function documentOf(lines: readonly string[], { kind, metadata }: Manifest): readonly [number, number] {
  const starts = [0, ...lines.flatMap((line, index) => (line.startsWith('---') ? [index + 1] : []))];
  const documents = starts.map((start, index) => [start, (starts[index + 1] ?? lines.length + 1) - 1] as const);
  const rank = ([start, end]: readonly [number, number]): number => {
    const own = lines.slice(start, end);
    const hasKind = own.some((line) => startsWithKey(line, 'kind') && line.includes(kind));
    const hasName = own.some((line) => startsWithKey(line, 'name') && line.includes(metadata.name));
    return (hasKind ? 2 : 0) + (hasName ? 1 : 0);
  };
  const ranked = documents.map((document) => ({ document, rank: rank(document) }));
  const best = Math.max(...ranked.map((candidate) => candidate.rank));
  const found = ranked.filter((candidate) => candidate.rank === best);
  // Several documents of the kind, none with the name: any line would be a guess.
  return best > 0 && found.length === 1 ? (found[0]?.document ?? [0, lines.length]) : [0, lines.length];
}

function lineOfPart(lines: readonly string[], manifest: Manifest, path: ObjectPath): number | undefined {
  const value = partOf(manifest, path);
  const alone =
    typeof value === 'string' && value !== '' ? only(lines, (line) => endsWithValue(line, value)) : undefined;
  return alone ?? lineOfKeys(lines, path);
}

/** Goes from key to key: each stands below the one before and further in. A list may begin where its key does. */
function lineOfKeys(lines: readonly string[], path: ObjectPath): number | undefined {
  let found: number | undefined;
  let indent = -1;
  for (const key of path.filter((step) => typeof step === 'string')) {
    const next = lines.findIndex(
      (line, index) => index > (found ?? -1) && startsWithKey(line, key) && indentOf(line) > indent,
    );
    if (next === -1) {
      break;
    }
    found = next;
    indent = indentOf(lines[next] ?? '');
  }
  return found;
}

/** Column of the key: that of an item in a list begins behind its dash. */
function indentOf(line: string): number {
  return line.length - line.trimStart().replace(/^- +/, '').length;
}

function only(lines: readonly string[], accepts: (line: string) => boolean): number | undefined {
  const found = lines.flatMap((line, index) => (accepts(line) ? [index] : []));
  return found.length === 1 ? found[0] : undefined;
}

function startsWithKey(line: string, key: string): boolean {
  const text = line.trimStart().replace(/^- +/, '');
  return text.startsWith(`${key}:`) || text.startsWith(`"${key}":`) || text.startsWith(`'${key}':`);
}

function endsWithValue(line: string, value: string): boolean {
  const text = line.trimEnd();
  return [value, `"${value}"`, `'${value}'`].some(
    (written) => text.endsWith(`: ${written}`) || text.endsWith(`- ${written}`),
  );
}
