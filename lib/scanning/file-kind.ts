/** How values stand in a file: `code` and `json` quote them, `text` need not. */
export type FileKind = 'code' | 'json' | 'text';

const codeExtensions = new Set(
  'ts tsx mts cts js jsx mjs cjs py go java kt kts scala groovy rs rb php cs c cc cpp h hpp swift dart lua pl pm'.split(
    ' ',
  ),
);
const jsonExtensions = new Set(['json', 'json5', 'jsonc', 'ipynb']);

/** Judges by the name of a file how values stand in it. */
export function fileKind(path: string): FileKind {
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return codeExtensions.has(extension) ? 'code' : jsonExtensions.has(extension) ? 'json' : 'text';
}
