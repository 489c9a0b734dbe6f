import type { SecretValue } from '../values/secret-value';
import type { Candidate, Detector } from './detector';
import { advance, type TextWindow, textWindows } from './text-windows';

/** A file, or an object of git, whose content is scanned. */
export interface ScannedFile {
  readonly path: string;
  /** Id of the object with this content, where git knows it. */
  readonly blob?: string;
  readonly content: AsyncIterable<Buffer>;
}

/** A secret and where it is. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly blob?: string;
  readonly value: SecretValue;
  readonly field?: string;
  /** Detectors that found it. */
  readonly detectors: readonly string[];
}

/** What a scan saw. */
export interface ScanResult {
  readonly findings: readonly Finding[];
  readonly files: number;
  /** Files that are no text, which are not looked into. */
  readonly binary: number;
}

/** Contents that need not be looked at, and where those that are clean are noted. */
export interface KnownClean {
  has(blob: string, path: string): boolean;
  add(blob: string, path: string): void;
}

/** As many files are looked at side by side, so that a detector in another process has something to do. */
const sideBySide = 8;

/**
 * Looks into files with every detector, in the order of their preference: a secret that two of them find is reported once.
 * @param onFile is called after each file
 */
export async function scanFiles(
  files: AsyncIterable<ScannedFile>,
  detectors: readonly Detector[],
  clean: KnownClean,
  onFile: () => void = () => undefined,
): Promise<ScanResult> {
  const findings: Finding[] = [];
  const counts = { files: 0, binary: 0 };
  const queue = files[Symbol.asyncIterator]();
  const work = async (): Promise<void> => {
    for (let next = await queue.next(); next.done !== true; next = await queue.next()) {
      const file = next.value;
      const windows = await textWindows(file.content);
      const found: Finding[] = [];
      for await (const window of windows ?? []) {
        if (file.blob === undefined || !clean.has(file.blob, file.path)) {
          found.push(...(await scanWindow(file, window, detectors)));
        }
      }
      if (file.blob !== undefined && windows && found.length === 0) {
        clean.add(file.blob, file.path);
      }
      findings.push(...found);
      counts.files += 1;
      counts.binary += windows ? 0 : 1;
      onFile();
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return { ...counts, findings: findings.sort(byPlace) };
}

async function scanWindow(file: ScannedFile, window: TextWindow, detectors: readonly Detector[]): Promise<Finding[]> {
  const { path } = file;
  const { text } = window;
  const secrets: { candidate: Candidate; detectors: string[] }[] = [];
  const lists = await Promise.all(detectors.map(async (detector) => await detector.find({ path, text })));
  lists.forEach((candidates, index) => {
    for (const candidate of candidates) {
      const name = detectors[index]?.name ?? '';
      const same = secrets.find(({ candidate: other }) => overlap(other, candidate));
      if (same) {
        same.detectors.push(...(same.detectors.includes(name) ? [] : [name]));
      } else if (candidate.start >= window.ownsFrom && candidate.start < window.ownsTo) {
        secrets.push({ candidate, detectors: [name] });
      }
    }
  });
  return secrets.map(({ candidate: { rule, start, value, field }, detectors: names }) => ({
    rule,
    path,
    ...advance(text, start, window.line, window.column),
    ...(file.blob === undefined ? {} : { blob: file.blob }),
    value,
    ...(field === undefined ? {} : { field }),
    detectors: names,
  }));
}

function overlap(a: Candidate, b: Candidate): boolean {
  return a.start < b.start + b.value.reveal().length && b.start < a.start + a.value.reveal().length;
}

function byPlace(a: Finding, b: Finding): number {
  return a.path === b.path ? a.line - b.line || a.column - b.column : a.path < b.path ? -1 : 1;
}
