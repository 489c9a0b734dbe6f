import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, throwProblems } from '../../catalog';
import { gitignorePath, mergeGitignore } from './gitignore';
import { installCommand, lockFiles } from './install-command';
import type { Merge } from './merge';
import { mergePreCommitConfig, preCommitPath } from './pre-commit-config';
import { mergeWorkflow, workflowPath } from './workflow';

/** A file as it is and as it is to be. */
export interface SetupFile {
  /** From the top of the repository. */
  readonly path: string;
  /** @default - there is no such file */
  readonly before?: string;
  readonly after: string;
}

/**
 * Plans the files that put the scan between a secret and the repository; changes nothing.
 * @param root top of the repository
 * @throws DeclarationError with everything that is in the way, all at once
 */
export async function planSetup(root: string): Promise<SetupFile[]> {
  const problems: Problem[] = [];
  const read = async (path: string): Promise<string | undefined> => await readText(root, path, problems);
  const present = new Set<string>();
  for (const file of lockFiles) {
    if (await isThere(join(root, file))) {
      present.add(file);
    }
  }
  const install = installCommand(await read('package.json'), present);
  const hasBaseline = await isThere(join(root, '.secrets.baseline'));
  const merges: [string, (text: string | undefined) => Merge][] = [
    [preCommitPath, (text) => mergePreCommitConfig(text, hasBaseline)],
    [gitignorePath, mergeGitignore],
    [workflowPath, (text) => mergeWorkflow(text, install.command)],
  ];
  const files: SetupFile[] = [];
  for (const [path, merge] of merges) {
    const unreadable = problems.length;
    const before = await read(path);
    if (problems.length === unreadable) {
      const merged = merge(before);
      problems.push(...merged.problems);
      files.push({ path, after: merged.text, ...(before === undefined ? {} : { before }) });
    }
  }
  throwProblems('the repository', [...install.problems, ...problems]);
  return files;
}

async function isThere(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  );
}

/** The text of a plain file; nothing, and a problem, for everything else. Links may lead out of the repository. */
async function readText(root: string, path: string, problems: Problem[]): Promise<string | undefined> {
  const names = path.split('/');
  for (const depth of names.keys()) {
    const place = names.slice(0, depth + 1).join('/');
    const status = await lstat(join(root, place)).catch(() => undefined);
    if (!status) {
      return undefined;
    }
    const wanted = depth === names.length - 1 ? 'file' : 'folder';
    if (wanted === 'file' ? !status.isFile() : !status.isDirectory()) {
      const got = status.isSymbolicLink() ? 'a symbolic link' : 'something else';
      const fix = `replace it by a ${wanted}`;
      problems.push({ path: place, what: `it is not a ${wanted}`, got, allowed: `a ${wanted}`, fix });
      return undefined;
    }
  }
  const text = decode(await readFile(join(root, path)));
  if (text === undefined) {
    const fix = 'save it as UTF-8';
    problems.push({ path, what: 'it cannot be read as text', got: 'other bytes', allowed: 'UTF-8', fix });
  }
  return text;
}

/** PowerShell writes UTF-16, whose zero bytes would pass for characters. */
function decode(content: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
