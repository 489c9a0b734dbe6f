import { Command, Option } from 'commander';
import type { MatrixFlags } from './matrix-run';

/** Forms that a matrix, or a comparison of two, is printed in. */
export const formats = ['table', 'json', 'csv', 'html', 'markdown'] as const;

/** `nivesh-secrets matrix` */
export function matrixCommand(): Command {
  return new Command('matrix')
    .description('show who may read which secret as which identity, or what a change does to that')
    .option('-e, --environment <name>', 'environment to show (default: all)')
    .addOption(
      new Option('--format <format>', 'form of the result; markdown is for --diff only')
        .choices(formats)
        .default('table'),
    )
    .option('--json', 'short for --format json')
    .option('--output <file>', 'write the result to a file')
    .option('--diff <base>', 'show what changed since a branch, tag or commit, or since a file of --format json')
    .option('--fail-on-growth', 'with --diff: exit with 1 if somebody may read what it could not read before')
    .addHelpText(
      'after',
      `
It reads the catalog only: no Vault, no cluster, no value. "nivesh-secrets verify" proves that Vault allows the same.

Examples:
  nivesh-secrets matrix --environment production
  nivesh-secrets matrix --format html --output access-matrix.html
  nivesh-secrets matrix --diff origin/main --format markdown --fail-on-growth`,
    )
    .action(async (flags: MatrixFlags) => {
      await (await import('./matrix-run.js')).runMatrix(flags);
    });
}
