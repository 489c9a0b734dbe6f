import { isDeepStrictEqual } from 'node:util';
import { type Document, isCollection, isMap, isSeq, type ParsedNode, parseDocument } from 'yaml';
import { reasonOf } from '../../error-reason';

/** Where a value is in a document: keys of maps and positions of lists. */
export type YamlPath = readonly (string | number)[];

/** How files are written that leave no room for lines, such as `{}`. */
const style = { lineWidth: 0, nullStr: '' } as const;

/**
 * A YAML file to which entries are added while every other character stays: comments, order, quotes and spacing are those
 * of whoever wrote it.
 */
export class YamlFile {
  private constructor(
    readonly text: string,
    private readonly document: Document.Parsed,
    /** The whole document as plain data. */
    readonly content: unknown,
  ) {}

  /** @returns the reason when the text is not one YAML document */
  static parse(text: string): YamlFile | string {
    const document = parseDocument(text);
    const [broken] = document.errors;
    if (broken) {
      return (broken.message.split('\n', 1)[0] ?? '').replace(/:$/, '');
    }
    try {
      return new YamlFile(text, document, document.toJS());
    } catch (error) {
      // Aliases that lead nowhere, or that multiply beyond measure.
      return reasonOf(error);
    }
  }

  /**
   * Adds an entry at the end of a map, or an item at the end of a list.
   * @param path of the map or list
   * @param written the entry, a map of one key, or the item: as YAML that may have comments
   */
  append(path: YamlPath, written: string): YamlFile {
    const document = this.document.clone();
    const target: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
    const added = parseDocument(written).contents;
    if (isSeq(target)) {
      target.add(added);
    } else if (isMap(target) && isMap(added)) {
      added.items.forEach((pair) => {
        target.add(pair);
      });
    } else {
      throw new Error(`there is no list and no map at ${path.join('.')}`);
    }
    // An empty list can only be "[]", and is to become like any other.
    target.flow &&= target.items.length > 1;
    const expected: unknown = document.toJS();
    for (const text of [this.insert(path, written), document.toString(style)]) {
      const edited = text === undefined ? '' : YamlFile.parse(text);
      if (typeof edited !== 'string' && isDeepStrictEqual(edited.content, expected)) {
        return edited;
      }
    }
    throw new Error(`nothing can be added at ${path.join('.')}`);
  }

  /** The text with lines put in after the last one of a block; nothing for what is written as `{}` or `[]`. */
  private insert(path: YamlPath, written: string): string | undefined {
    const node = path.length === 0 ? this.document.contents : (this.document.getIn(path, true) as ParsedNode);
    if (!isCollection(node) || node.flow || node.items.length === 0) {
      return undefined;
    }
    const [start, end] = node.range;
    const column = start - (this.text.lastIndexOf('\n', start - 1) + 1);
    // After the last value comes the rest of its line, which may be a comment.
    const lineEnd = this.text.indexOf('\n', end - 1);
    const offset = lineEnd === -1 ? this.text.length : lineEnd + 1;
    const before = this.text.slice(0, offset);
    const lineBreak = before.includes('\r\n') ? '\r\n' : '\n';
    const block = indent(written.trimEnd().split('\n'), ' '.repeat(column), isSeq(node) ? '- ' : '');
    return `${before}${before.endsWith('\n') ? '' : lineBreak}${block.join(lineBreak)}${lineBreak}${this.text.slice(offset)}`;
  }
}

/** Comments before the entry stand before its marker. */
function indent(lines: readonly string[], space: string, marker: string): string[] {
  const first = lines.findIndex((line) => !line.startsWith('#'));
  return lines.map((line, index) => {
    const lead = index < first ? '' : index === first ? marker : ' '.repeat(marker.length);
    return line === '' ? '' : `${space}${lead}${line}`;
  });
}
