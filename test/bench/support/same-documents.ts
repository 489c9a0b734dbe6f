import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

function filesIn(folder: string): Map<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length), readFileSync(path, 'utf8')];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** @throws Error unless two folders hold the same files, byte by byte */
export function checkSameFiles(left: string, right: string): void {
  const [ours, theirs] = [filesIn(left), filesIn(right)];
  const different = [...ours.keys(), ...theirs.keys()].find((name) => ours.get(name) !== theirs.get(name));
  if (different !== undefined) {
    throw new Error(`${different} differs between ${left} and ${right}`);
  }
}

/** @throws Error unless the files of a folder are the documents of a text, in any order */
export function checkSameDocuments(folder: string, text: string): void {
  const ours = byName([...filesIn(folder).values()].map((file) => parse(file) as NamedDocument));
  const theirs = byName(parseAllDocuments(text).map((document) => document.toJS() as NamedDocument));
  const different = [...ours.keys(), ...theirs.keys()].find(
    (name) => !isDeepStrictEqual(ours.get(name), theirs.get(name)),
  );
  if (different !== undefined) {
    throw new Error(`${different} differs between ${folder} and the other documents`);
  }
}

interface NamedDocument {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function byName(documents: readonly NamedDocument[]): Map<string, NamedDocument> {
  return new Map(
    documents.map((document) => {
      const { kind, metadata } = document;
      return [[kind, metadata.namespace, metadata.name].join(' '), document];
    }),
  );
}
