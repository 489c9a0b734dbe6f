import { Command } from 'commander';
import { instantForms } from '../audit/window';
import { parseWhen } from './when';
import type { OffboardFlags } from './offboard-run';

/** `nivesh-secrets offboard` */
export function offboardCommand(): Command {
  return new Command('offboard')
    .description('somebody leaves: what they could read, what they read, and what is to be done, in a file to sign')
    .argument('<person>', 'entity id, entity name, or the name with which they log in to Vault')
    .requiredOption('-e, --environment <name>', 'environment whose Vault they used')
    .option('--log <files...>', "files of Vault's audit devices: what they read")
    .option('--since <when>', `begin of what is looked at in the log: ${instantForms}`, parseWhen, parseWhen('30d'))
    .option('--file <path>', 'the case file (default: offboarding-<person>.md)')
    .option('--yes', 'disable their entities, delete logins that were never used, and revoke their tokens')
    .option('--json', 'print the steps as JSON')
    .addHelpText(
      'after',
      `
Every run looks at Vault, the log and the rotations again, and writes the file anew; ticks and notes in it stay, and so
does what they could read when it began. Without --yes nothing is changed but the file. It exits with 1 while a step is
open. Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, VAULT_TOKEN; docs/offboarding.md lists the
rights that the token needs.

Examples:
  nivesh-secrets offboard asha --environment production --log '/vault/audit/audit.log*'
  nivesh-secrets offboard asha --environment production --log '/vault/audit/audit.log*' --yes`,
    )
    .action(async (name: string, flags: OffboardFlags) => {
      await (await import('./offboard-run.js')).runOffboard(name, flags);
    });
}
