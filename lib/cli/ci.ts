import { Command } from 'commander';
import type { CiFlags } from './ci-run';

/** `nivesh-secrets ci` */
export function ciCommand(): Command {
  return new Command('ci')
    .description('deliver the secrets of GitHub Actions: set what is given, generate what is missing, report the rest')
    .argument('[names...]', 'with --workflow: the secrets of one job (default: all)')
    .option('-e, --environment <name>', 'environment that is delivered by GitHub Actions (default: the first one)')
    .option('--dry-run', 'change nothing; show what would be done, by name')
    .option('--check', 'change nothing; report missing, stale and unknown secrets, exit with 1 if there are any')
    .option('--set <NAME>', 'set this secret from standard input')
    .option('--from <file>', 'with --set: read the value from a file of mode 0600')
    .option('--values <folder>', 'set secrets from files of mode 0600 that have their names')
    .option('--max-age <duration>', 'age after which a secret without a schedule is stale, such as 180d')
    .option('--workflow', 'print the env: block of a workflow')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
GITHUB_TOKEN or GH_TOKEN reaches GitHub's REST API (GITHUB_API_URL, for GitHub Enterprise); without a token, gh does.
Values are never printed and never an argument. It exits with 1 while issued values are missing.

Examples:
  nivesh-secrets ci --dry-run
  nivesh-secrets ci --set KUBE_CONFIG_STAGING < kubeconfig
  nivesh-secrets ci --check --max-age 180d
  nivesh-secrets ci --workflow KUBE_CONFIG_STAGING`,
    )
    .action(async (names: readonly string[], flags: CiFlags) => {
      await (await import('./ci-run.js')).runCi(names, flags);
    });
}
