import { readGo } from './go';
import { readJavaScript } from './javascript';
import { readPython } from './python';
import { readShell } from './shell';
import { codeLines, type CodeReader, type CodeReads } from './variable';

const readers: Readonly<Record<string, CodeReader>> = {
  ts: readJavaScript,
  tsx: readJavaScript,
  mts: readJavaScript,
  cts: readJavaScript,
  js: readJavaScript,
  jsx: readJavaScript,
  mjs: readJavaScript,
  cjs: readJavaScript,
  py: readPython,
  go: readGo,
  sh: readShell,
  bash: readShell,
};

/** Tests and generated code read variables that no deployment gives. */
const leftOut =
  /(?:^|\/)(?:node_modules|dist|build|out|vendor|coverage|generated|__generated__|__pycache__|\.venv|venv|site-packages|tests?|__tests__|__mocks__|e2e|testdata|fixtures)\/|[._-](?:test|spec|e2e-spec)\.[a-z]+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$|\.d\.ts$|\.min\.js$|(?:^|\/)(?:jest|vitest|playwright|cypress)\.[a-z.-]*config\.[a-z]+$/;

/** Whether a file is code of a language whose reading of variables is understood, and no test. */
export function isCode(path: string): boolean {
  return readerOf(path) !== undefined && !leftOut.test(path);
}

/** Which variables a file of code reads; nothing where {@link isCode} says no. */
export function readCode(path: string, text: string): CodeReads {
  const reader = isCode(path) ? readerOf(path) : undefined;
  return reader ? reader(codeLines(text)) : { variables: [], dynamic: false };
}

function readerOf(path: string): CodeReader | undefined {
  const extension = /\.([a-z]+)$/.exec(path)?.[1];
  return extension !== undefined && Object.hasOwn(readers, extension) ? readers[extension] : undefined;
}
