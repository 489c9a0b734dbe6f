import { Command } from 'commander';
import { instantForms } from '../audit/window';
import { parseWhen } from './when';
import type { IncidentFlags } from './incident-run';

/** `nivesh-secrets incident` */
export function incidentCommand(): Command {
  return new Command('incident')
    .description('a value leaked: what is to be done first, where it is, who read it, whom to tell, in a file to sign')
    .argument('<path.field>', 'the field whose value leaked')
    .requiredOption('-e, --environment <name>', 'environment that the value belongs to')
    .option('--search <file>', 'look for the value, from a file of mode 0600 or - for standard input, in git')
    .option('--repository <folder>', 'git repository to look in', '.')
    .option('--log <files...>', "files of Vault's audit devices: who read it")
    .option('--since <when>', `begin of what is looked at in the log: ${instantForms}`, parseWhen, parseWhen('30d'))
    .option('--file <path>', 'the case file (default: incident-<field>.md)')
    .option('--json', 'print the steps as JSON')
    .addHelpText(
      'after',
      `
It changes nothing but the file: revoking is a command of its own, and the first step. Every run looks again at the
rotation, the repository and the log; ticks and notes in the file stay. It exits with 1 while a step is open.
Vault's own variables apply: VAULT_ADDR, VAULT_CACERT, VAULT_NAMESPACE, VAULT_TOKEN.

Examples:
  nivesh-secrets incident nivesh/backend.jwt_secret --environment production
  pass show leaked | nivesh-secrets incident nivesh/backend.jwt_secret --environment production --search - \\
    --log '/vault/audit/audit.log*'`,
    )
    .action(async (id: string, flags: IncidentFlags) => {
      await (await import('./incident-run.js')).runIncident(id, flags);
    });
}
