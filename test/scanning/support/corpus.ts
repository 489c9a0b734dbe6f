import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { packageRoot } from '../../../lib/package-root';
import { decoyFiles } from './decoys';
import { plantedFiles } from './planted';

/** A repository with planted secrets, one a file, and files that hold none. */
export interface Corpus {
  readonly folder: string;
  readonly planted: readonly string[];
  readonly decoys: readonly string[];
}

/** The part of `scan --json` that is judged. */
export interface ScanOutput {
  readonly findings: readonly { readonly path: string; readonly rule: string; readonly detectors: readonly string[] }[];
}

/** How well a scan did. */
export interface Score {
  /** Share of the alarmed files that hold a secret, and of the secrets that were found. */
  readonly precision: number;
  readonly recall: number;
  readonly missed: readonly string[];
  readonly alarmed: readonly string[];
  /** Planted secrets that each detector found, whoever else did. */
  readonly foundBy: Readonly<Record<string, number>>;
}

/** Writes a corpus to a temporary folder, which knows the names of Nivesh's catalog. */
export async function makeCorpus(): Promise<Corpus> {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
  const [planted, decoys] = [plantedFiles(), await decoyFiles()];
  const environments = relative(folder, join(packageRoot(), 'environments', 'index'));
  const project = ['package.json', JSON.stringify({ 'nivesh-secrets': { environments } })] as const;
  for (const [path, text] of [...planted, ...decoys, project]) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  execFileSync('git', ['init', '--quiet', folder]);
  return { folder, planted: [...planted.keys()], decoys: [...decoys.keys()] };
}

export function removeCorpus({ folder }: Corpus): void {
  rmSync(folder, { recursive: true });
}

export function scoreOf({ planted, decoys }: Corpus, { findings }: ScanOutput): Score {
  const found = new Set(findings.map(({ path }) => path));
  const missed = planted.filter((path) => !found.has(path));
  const alarmed = decoys.filter((path) => found.has(path));
  const hits = planted.length - missed.length;
  const foundBy: Record<string, number> = {};
  for (const path of planted) {
    for (const name of new Set(findings.filter((one) => one.path === path).flatMap(({ detectors }) => detectors))) {
      foundBy[name] = (foundBy[name] ?? 0) + 1;
    }
  }
  return { precision: hits / (hits + alarmed.length), recall: hits / planted.length, missed, alarmed, foundBy };
}
