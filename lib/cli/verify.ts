import { Command, Option } from 'commander';
import type { VerifyFlags } from './verify-run';

/** `nivesh-secrets verify` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('prove on the live Vault and cluster that delivery, access and settings are what the catalog declares')
    .requiredOption('-e, --environment <name>', 'environment to check')
    .option('--stack-config <file>', "configuration of the environment's stack (default: its Pulumi.<name>.yaml)")
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: the stack, KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: the stack, then its current one)')
    .option('--values', 'read the values too, and refuse those that look like examples; none is shown')
    .addOption(
      new Option('--rights <where>', 'print the rights that this verb needs, and verify nothing').choices([
        'vault',
        'kubernetes',
      ]),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Logs in to Vault as every workload and asks what it may do; reads no value without --values.
Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, VAULT_TOKEN.
It exits with 1 when something is not as declared, and with 3 when that cannot be found out.

Examples:
  nivesh-secrets verify --environment staging --context staging-admin
  nivesh-secrets verify --environment production --values --json
  nivesh-secrets verify --environment staging --rights vault | vault policy write nivesh-verifier -`,
    )
    .action(async (flags: VerifyFlags) => {
      await (await import('./verify-run.js')).runVerify(flags);
    });
}
