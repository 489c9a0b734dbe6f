import { writeFile } from 'node:fs/promises';
import { accessMatrix } from '../audit/access-matrix';
import { matrixCsv } from '../audit/matrix-csv';
import { diffMatrices } from '../audit/matrix-diff';
import { matrixDiffMarkdown, matrixDiffTable } from '../audit/matrix-diff-report';
import { matrixHtml } from '../audit/matrix-html';
import { matrixJson } from '../audit/matrix-json';
import { matrixTable } from '../audit/matrix-table';
import type { Environment } from '../catalog';
import { reasonOf } from '../error-reason';
import { environmentError, exitCode, usageError } from './errors';
import { describeCommit } from './git-checkout';
import { loadBase, ofEnvironment } from './matrix-base';
import { print } from './output';
import { findProject, loadEnvironments, type Project, selectEnvironment } from './project';
import type { formats } from './matrix';

type Format = (typeof formats)[number];

/** Options of `nivesh-secrets matrix`, as commander gives them. */
export interface MatrixFlags {
  readonly environment?: string;
  readonly format: Format;
  readonly output?: string;
  readonly diff?: string;
  readonly failOnGrowth?: boolean;
  readonly json?: boolean;
}

/** Runs `nivesh-secrets matrix`. */
export async function runMatrix(flags: MatrixFlags): Promise<void> {
  const format = flags.json ? 'json' : flags.format;
  const project = findProject();
  const environments = loadEnvironments(project);
  const chosen = flags.environment === undefined ? environments : [selectEnvironment(environments, flags.environment)];
  const text =
    flags.diff === undefined
      ? await render(project, chosen, format, flags)
      : await compare(project, chosen, format, flags);
  await give(text, flags.output);
}

async function render(
  project: Project,
  environments: readonly Environment[],
  format: Format,
  { failOnGrowth }: MatrixFlags,
): Promise<string> {
  if (failOnGrowth) {
    throw usageError('--fail-on-growth was given without --diff', 'name what to compare with: --diff origin/main');
  }
  const matrix = accessMatrix(environments);
  switch (format) {
    case 'table':
      return `${matrixTable(matrix)}\n`;
    case 'csv':
      return matrixCsv(matrix);
    case 'json':
      return matrixJson(matrix, await describeCommit(project.root));
    case 'html': {
      const source = await describeCommit(project.root);
      return matrixHtml(matrix, source === undefined ? {} : { source });
    }
    case 'markdown':
      throw usageError('--format markdown was given without --diff', 'choose table, json, csv or html');
  }
}

async function compare(
  project: Project,
  environments: readonly Environment[],
  format: Format,
  { diff: base = '', environment, failOnGrowth }: MatrixFlags,
): Promise<string> {
  if (format === 'csv' || format === 'html') {
    throw usageError(`--format ${format} was given with --diff`, 'choose table, markdown or json');
  }
  const diff = diffMatrices(ofEnvironment(await loadBase(project, base), environment), accessMatrix(environments));
  if (failOnGrowth && diff.grew) {
    process.exitCode = exitCode.findings;
  }
  switch (format) {
    case 'table':
      return `${matrixDiffTable(diff)}\n`;
    case 'markdown':
      return matrixDiffMarkdown(diff);
    case 'json':
      return `${JSON.stringify(diff, null, 2)}\n`;
  }
}

async function give(text: string, file: string | undefined): Promise<void> {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    await writeFile(file, text);
  } catch (error) {
    throw environmentError(`${file} cannot be written: ${reasonOf(error)}`, 'name a file in a folder that exists');
  }
  print(`${file}: ${text.length} characters`);
}
