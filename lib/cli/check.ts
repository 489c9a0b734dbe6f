import { Command } from 'commander';
import { inspectRepository } from '../check/repository/inspect';
import type { Location } from '../check/repository/model';
import { printFindings, printFindingsJson } from './findings';
import { print } from './output';

interface CheckFlags {
  readonly json?: boolean;
}

/** `nivesh-secrets check` */
export function checkCommand(): Command {
  return new Command('check')
    .description('find what does not fit together in the manifests, Compose files and .env files of any repository')
    .argument('[path]', 'folder of the repository, or one file', '.')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The repository need not use this library, and nothing in it is run. Values are never printed.

Examples:
  nivesh-secrets check
  nivesh-secrets check ../shop --json`,
    )
    .action(runCheck);
}

async function runCheck(path: string, flags: CheckFlags): Promise<void> {
  const { findings, notes } = await inspectRepository(path);
  if (flags.json) {
    printFindingsJson({ findings, notes });
    return;
  }
  notes.forEach((note) => {
    print(`note: ${placeOf(note)}: ${note.reason}`);
  });
  printFindings(
    findings.map(({ location, message, fix }) => ({ place: placeOf(location), message, fix })),
    `fine: ${path}`,
  );
}

function placeOf({ file, line }: Location): string {
  return line === undefined ? file : `${file}:${line}`;
}
