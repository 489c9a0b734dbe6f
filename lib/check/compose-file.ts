import { type Document, isMap, LineCounter, type ParsedNode, parseAllDocuments } from 'yaml';
import type { ComposeFinding } from './compose';

/** One Compose file with the places of everything in it. */
export interface ComposeFile {
  /** Path from the project's folder. */
  readonly path: string;
  readonly text: string;
  /** Docker Compose merges them. */
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
  /** Variables of an included file's own `.env`, which count where the project sets none. */
  readonly defaults: ReadonlyMap<string, string>;
}

/** The documents of a Compose file; what is wrong with it as a whole is added to the findings. */
export function parseComposeFile(
  path: string,
  bytes: Buffer,
  defaults: ComposeFile['defaults'],
  findings: ComposeFinding[],
): ComposeFile {
  const text = bytes.toString('utf8');
  const lines = new LineCounter();
  try {
    // Docker Compose has tags of its own (!reset, !override), which are no mistakes.
    const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: 'silent' });
    const documents: readonly Document.Parsed[] = 'empty' in parsed ? [] : parsed;
    const file = { path, text, documents, lines, defaults };
    findings.push(...syntaxFindings(file, bytes.equals(Buffer.from(text))));
    return file;
  } catch {
    findings.push(nestedTooDeeply(path));
    return { path, text, documents: [], lines, defaults };
  }
}

/** For a file whose nesting is more than a reader can follow. */
export function nestedTooDeeply(file: string): ComposeFinding {
  return { rule: 'syntax', file, line: 1, message: 'not YAML that can be read', fix: 'write it with less nesting' };
}

/** What is wrong with a file as a whole. Only the first error counts: those after it follow from it. */
function syntaxFindings(file: ComposeFile, isText: boolean): ComposeFinding[] {
  const finding = (line: number, message: string): ComposeFinding[] => [
    { rule: 'syntax', file: file.path, line, message, fix: 'correct the line' },
  ];
  const [error] = file.documents.flatMap(({ errors }) => errors);
  if (error !== undefined) {
    return finding(error.linePos?.[0].line ?? 1, `not YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`);
  }
  if (!isText) {
    return finding(1, 'the file is not UTF-8 text');
  }
  const contents = file.documents.flatMap(({ contents: content }) => content ?? []);
  const strange = contents.find((content) => !isMap(content));
  return strange === undefined
    ? contents.length === 0
      ? finding(1, 'the file is empty')
      : []
    : finding(lineOf(file, strange), 'the top level is not a map such as "services:"');
}

/** Line of a node, from 1. */
export function lineOf({ lines }: ComposeFile, node: unknown): number {
  const range = (node as ParsedNode | undefined)?.range;
  return range ? lines.linePos(range[0]).line : 1;
}
