import { Command, Option } from 'commander';
import type { CheckFlags } from './check-run';

/** `nivesh-secrets check` */
export function checkCommand(): Command {
  return new Command('check')
    .description(
      'find what does not fit together in the manifests, Compose files, .env files and code of any repository',
    )
    .argument('[path]', 'folder of the repository, or one file', '.')
    .option('--json', 'print the result as JSON')
    .addOption(new Option('--sarif', 'print the result as SARIF 2.1.0, for code scanning').conflicts('json'))
    .option('--rules', 'list every rule, and check nothing')
    .option('--explain <rule>', 'say what a rule finds, why, and how it is mended; check nothing')
    .addOption(
      new Option('--import', 'draft a catalog from the manifests or Compose files, in place of a check').conflicts([
        'json',
        'sarif',
        'rules',
        'explain',
      ]),
    )
    .option('--output <file>', 'with --import: write the draft to a new file (default: standard output)')
    .addHelpText(
      'after',
      `
The repository need not use this library, and nothing in it is run. Values are never printed.
A finding that is known is suppressed with a reason and a last day, in .nivesh-secrets-check.yaml or in a comment
on its line or on the line above: # nivesh-secrets-ignore RULE until 2027-01-31: REASON

Examples:
  nivesh-secrets check
  nivesh-secrets check ../shop --json
  nivesh-secrets check --sarif > check.sarif
  nivesh-secrets check --explain secret-not-made
  nivesh-secrets check --import --output environments/index.ts`,
    )
    .action(async (path: string, flags: CheckFlags) => {
      await (await import('./check-run.js')).runCheck(path, flags);
    });
}
