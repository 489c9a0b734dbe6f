import { Command, Option } from 'commander';
import type { ComposeFlags } from './compose-run';

/** `nivesh-secrets compose` */
export function composeCommand(): Command {
  return new Command('compose')
    .description('list every variable of Docker Compose files, and check them against the catalog and .env')
    .option('-e, --environment <name>', 'environment that is delivered by .env files (default: the first one)')
    .option('--directory <folder>', 'folder of the Compose files (default: the root of the project)')
    .option(
      '-f, --file <file>',
      'Compose file, as for docker compose (repeatable; default: the usual names)',
      collect,
      [],
    )
    .option('--dotenv <file>', 'file with the values (default: .env in the folder)')
    .addOption(new Option('--env-file <file>').hideHelp())
    .option('--check', 'report undeclared, unset, defaulted and literal secrets; exit with 1 if there are any')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Files that are included or extended are read too. Values are never printed.

Examples:
  nivesh-secrets compose
  nivesh-secrets compose --check
  nivesh-secrets compose --check -f docker-compose.yml -f docker-compose.override.yml`,
    )
    .action(async (flags: ComposeFlags) => {
      await (await import('./compose-run.js')).runCompose(flags);
    });
}

function collect(file: string, files: readonly string[]): readonly string[] {
  return [...files, file];
}
