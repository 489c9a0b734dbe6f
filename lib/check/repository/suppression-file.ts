import { isMap, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode } from 'yaml';
import type { UnreadableFile } from './model';
import type { Suppression } from './suppressions';

/** Name of the file, which lies in the folder that is checked. */
export const suppressionFile = '.nivesh-secrets-check.yaml';

const form = 'write suppressions: [{ rule, path, reason, until }]';

/** Reads the suppressions of a repository: a list of rules, files or folders, reasons and last days. */
export function readSuppressionFile(text: string): {
  readonly suppressions: readonly Suppression[];
  readonly unreadable: readonly UnreadableFile[];
} {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
  const lineOf = (node: unknown): number => lines.linePos((node as ParsedNode | null | undefined)?.range[0] ?? 0).line;
  const [error] = document.errors;
  const list: unknown = isMap(document.contents) ? document.get('suppressions', true) : undefined;
  if (error || !isSeq(list)) {
    const line = error ? lines.linePos(error.pos[0]).line : 1;
    return {
      suppressions: [],
      unreadable: [{ file: suppressionFile, line, reason: 'the file holds no list of suppressions', fix: form }],
    };
  }
  return {
    suppressions: list.items.map((item) => {
      const field = (name: string): string | undefined => {
        const value: unknown = isMap(item) ? item.get(name, true) : undefined;
        const content = isScalar(value) ? (value.source ?? value.value) : undefined;
        return typeof content === 'string' && content.trim() !== '' ? content.trim() : undefined;
      };
      return suppressionOf(lineOf(item), field);
    }),
    unreadable: [],
  };
}

function suppressionOf(line: number, field: (name: string) => string | undefined): Suppression {
  const [path, reason, until] = [field('path'), field('reason'), field('until')];
  return {
    rule: field('rule') ?? '',
    location: { file: suppressionFile, line },
    kind: 'external',
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
    covers: ({ location }) =>
      path !== undefined &&
      (location.file === path || location.file.startsWith(path.endsWith('/') ? path : `${path}/`)),
  };
}
