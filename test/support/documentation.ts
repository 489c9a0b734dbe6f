import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const projectRoot = join(__dirname, '..', '..');

/** The fenced blocks of one language on a page of docs/, so that tests run what readers copy. */
export function codeBlocks(page: string, language: string): string[] {
  const text = readFileSync(join(projectRoot, 'docs', page), 'utf8');
  return [...text.matchAll(/^ *```(\S+)\n([\s\S]*?)^ *```$/gm)]
    .filter(([, blockLanguage]) => blockLanguage === language)
    .map(([, , block = '']) => block);
}

/**
 * Runs TypeScript as a program that has this package installed, and gives its standard output.
 * @param environment its variables, besides PATH
 */
export function runTypeScript(source: string, environment: NodeJS.ProcessEnv = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'nivesh-docs-'));
  try {
    const file = join(folder, 'block.mts');
    const tsconfig = join(folder, 'tsconfig.json');
    writeFileSync(file, source);
    writeFileSync(
      tsconfig,
      JSON.stringify({ compilerOptions: { paths: { 'nivesh-secrets/*': [join(projectRoot, 'lib/*/index.ts')] } } }),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], {
      cwd: projectRoot,
      env: { PATH: process.env.PATH, TSX_TSCONFIG_PATH: tsconfig, ...environment },
      encoding: 'utf8',
    });
    if (status !== 0) {
      throw new Error(`the block ended with ${String(status)}:\n${stderr}`);
    }
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
