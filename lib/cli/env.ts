import { Command } from 'commander';
import type { EnvFlags } from './env-run';

/** `nivesh-secrets env` */
export function envCommand(): Command {
  return new Command('env')
    .description('write git-ignored .env files from their examples: keep what is set, generate what is missing')
    .option('-e, --environment <name>', 'environment that is delivered by .env files (default: the first one)')
    .option('--directory <folder>', 'folder that the paths of the files start from (default: the root of the project)')
    .option('--check', 'change nothing; say what is missing, exposed or still an example')
    .option('--dry-run', 'change nothing; show what would be done, by name')
    .option('--rotate <NAME>', 'give the secret of this variable a new value, in every file (repeatable)', collect, [])
    .option('--set <NAME>', 'enter the value of this variable from standard input')
    .option('--from <file>', 'with --set: read the value from a file of mode 0600')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Values are never printed. Values that somebody issues (API tokens, service-account keys) are waited for.
--check exits with 1 if there is a finding.

Examples:
  nivesh-secrets env
  nivesh-secrets env --check
  nivesh-secrets env --rotate JWT_SECRET
  pass show firebase | nivesh-secrets env --set FIREBASE_PRIVATE_KEY`,
    )
    .action(async (flags: EnvFlags) => {
      await (await import('./env-run.js')).runEnv(flags);
    });
}

function collect(name: string, names: readonly string[]): readonly string[] {
  return [...names, name];
}
