import { Command } from 'commander';
import type { SeedFlags } from './seed-run';

/** `nivesh-secrets seed` */
export function seedCommand(): Command {
  return new Command('seed')
    .description('write first values to Vault: generate what can be generated, enter what was issued, replace nothing')
    .requiredOption('-e, --environment <name>', 'environment whose Vault is filled')
    .option('--set <path.field>', 'enter one issued value from standard input')
    .option('--input <file>', 'enter issued values from a YAML or JSON file of mode 0600, or - for standard input')
    .option('--plan', 'show names and change nothing')
    .option('--json', 'print the steps as JSON')
    .addHelpText(
      'after',
      `
Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, and VAULT_TOKEN or ~/.vault-token.
It exits with 1 while issued values are missing.

Examples:
  nivesh-secrets seed --environment staging --plan
  pass show slack/webhook | nivesh-secrets seed --environment staging --set nivesh/alertmanager.slack_webhook_url
  nivesh-secrets seed --environment production --input issued.yaml`,
    )
    .action(async (flags: SeedFlags) => {
      await (await import('./seed-run.js')).runSeed(flags);
    });
}
