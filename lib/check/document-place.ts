import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';

/** Where the parts of one YAML document stand. */
export class DocumentPlace {
  private readonly entries = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(
    readonly path: string,
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {}

  at(offset: number): { readonly file: string; readonly line: number } {
    return { file: this.path, line: this.lines.linePos(offset).line };
  }

  /** The line of a part, or of the nearest one above it where it is not written out. */
  locate(path: readonly (string | number)[]): { readonly file: string; readonly line: number } {
    return this.at(this.walk(path).offset);
  }

  /** The tag of a part, such as Docker Compose's `!reset`. @returns nothing for a part without one */
  tagOf(path: readonly (string | number)[]): string | undefined {
    const { node } = this.walk(path);
    return (node as ParsedNode | null | undefined)?.tag;
  }

  private walk(path: readonly (string | number)[]): { readonly node: unknown; readonly offset: number } {
    let node: unknown = this.document.contents;
    let offset = offsetOf(node);
    for (const step of path) {
      const parent = this.resolved(node);
      const pair = isMap(parent) ? this.pairOf(parent, String(step)) : undefined;
      node = isSeq(parent) && typeof step === 'number' ? parent.items[step] : pair?.value;
      // A key without a value has a line too.
      const place = pair?.key ?? node;
      if (place === undefined || place === null) {
        break;
      }
      offset = offsetOf(place) ?? offset;
    }
    return { node, offset: offset ?? 0 };
  }

  /** The entry of a key, its own or one that `<<` brings in, where the first that has it counts. */
  private pairOf(map: YAMLMap, step: string): Pair | undefined {
    const entries = this.entriesOf(map);
    const own = entries.get(step);
    const merged = own ? undefined : this.resolved(entries.get('<<')?.value);
    const sources = (isSeq(merged) ? merged.items : [merged]).map((source) => this.resolved(source));
    return own ?? sources.flatMap((source) => (isMap(source) ? (this.entriesOf(source).get(step) ?? []) : []))[0];
  }

  /** A file may have thousands of keys, of which each is looked up. */
  private entriesOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known =
      this.entries.get(map) ??
      new Map(
        map.items.flatMap((pair) =>
          isScalar(pair.key) ? [[pair.key.source === '<<' ? '<<' : String(pair.key.value), pair]] : [],
        ),
      );
    this.entries.set(map, known);
    return known;
  }

  private resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Partial<ParsedNode> | null | undefined)?.range?.[0];
}
