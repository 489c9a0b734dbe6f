import { relative, resolve } from 'node:path';
import { type ComposeReport, type ComposeVariable, inspectCompose } from '../check/compose-project';
import { DotenvSyntaxError } from '../dotenv/readers';
import { CliError, exitCode, usageError } from './errors';
import { printFindings, printFindingsJson } from './findings';
import { print, printJson, table } from './output';
import { findProject, loadEnvironments, selectDelivered } from './project';

/** Options of `nivesh-secrets compose`, as commander gives them. */
export interface ComposeFlags {
  readonly environment?: string;
  readonly directory?: string;
  readonly file: readonly string[];
  readonly dotenv?: string;
  readonly envFile?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** Runs `nivesh-secrets compose`. */
export async function runCompose(flags: ComposeFlags): Promise<void> {
  if (flags.envFile !== undefined) {
    // https://github.com/nodejs/node/issues/54232: "node script --env-file x" loads x, or ends without it.
    throw usageError('--env-file is an option that Node.js itself takes', 'name the file with --dotenv');
  }
  const project = findProject();
  const environment = selectDelivered(loadEnvironments(project), 'dotenv', flags.environment);
  const folder = resolve(flags.directory ?? project.root);
  const report = await inspectCompose({
    folder,
    root: folder,
    environment,
    files: flags.file.map((file) => resolve(file)),
    shell: process.env,
    ...(flags.dotenv === undefined ? {} : { envFile: relative(folder, resolve(flags.dotenv)) }),
  }).catch((error: unknown) => {
    if (error instanceof DotenvSyntaxError) {
      const file = flags.dotenv ?? '.env';
      throw new CliError(`${file}:${error.line}: ${error.message}`, exitCode.findings, 'correct the line');
    }
    throw error;
  });
  if (flags.check) {
    check(report, flags);
  } else if (flags.json) {
    const { files, variables, notes } = report;
    printJson({ files, variables, notes });
  } else {
    list(report);
  }
}

function check({ files, findings, notes, variables }: ComposeReport, { json }: ComposeFlags): void {
  if (json) {
    printFindingsJson({ files, variables, findings, notes });
    return;
  }
  notes.forEach((note) => {
    print(`note: ${note}`);
  });
  printFindings(
    findings.map(({ file, line, message, fix }) => ({ place: `${file}:${line}`, message, fix })),
    `fine: ${files.join(', ')}`,
  );
}

function list({ variables, notes }: ComposeReport): void {
  print(table(['VARIABLE', 'SECRET', 'DECLARED IN', 'VALUE', 'USED'], variables.map(row)));
  notes.forEach((note) => {
    print(`note: ${note}`);
  });
}

function row({ name, secret, declared, value, uses }: ComposeVariable): string[] {
  const used = uses.map(({ kind, file, line }) => `${kind} ${file}:${line}`).join(', ');
  return [name, secret ? 'yes' : 'no', declared === 'no' ? '-' : declared, value, used];
}
