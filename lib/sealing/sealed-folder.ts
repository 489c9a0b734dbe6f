import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compare } from '../catalog';
import { replaceFiles } from '../replace-files';
import { printSealedFile, readSealedFile, type ReadSealedFile, type SealedFile } from './sealed-file';

/** A committed file of sealed values. */
export interface CommittedFile extends ReadSealedFile {
  /** From the project's root. */
  readonly path: string;
}

/** Where an environment's sealed values are committed, from the project's root. */
export function sealedFolder(environment: string): string {
  return `environments/sealed/${environment}`;
}

/** The committed SealedSecret of one workload, from the project's root. */
export function sealedPath(environment: string, workload: string): string {
  return `${sealedFolder(environment)}/${workload}.yaml`;
}

/**
 * Every committed file of an environment, by the workload that its name says.
 * @param root folder of the project
 */
export function readSealedFolder(root: string, environment: string): Map<string, CommittedFile> {
  const folder = join(root, sealedFolder(environment));
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = new Map<string, CommittedFile>();
  for (const name of names.filter((candidate) => candidate.endsWith('.yaml')).sort(compare)) {
    const workload = basename(name, '.yaml');
    const path = sealedPath(environment, workload);
    files.set(workload, { path, ...readSealedFile(readFileSync(join(root, path), 'utf8'), path) });
  }
  return files;
}

/**
 * Writes files of an environment. All are complete on disk before the first takes its place, and a file that would not
 * change is not touched.
 * @returns the paths that changed
 */
export async function writeSealedFiles(
  root: string,
  environment: string,
  files: ReadonlyMap<string, SealedFile>,
): Promise<string[]> {
  const texts = [...files].map(
    ([workload, file]) =>
      [sealedPath(environment, workload), printSealedFile(file, heading(environment, workload))] as const,
  );
  return await replaceFiles(root, new Map(texts));
}

function heading(environment: string, workload: string): string {
  return `written by: nivesh-secrets seal --environment ${environment} --workload ${workload}`;
}
