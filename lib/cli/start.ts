import { Command } from 'commander';
import type { StartFlags } from './start-run';

/** `nivesh-secrets start` */
export function startCommand(): Command {
  return new Command('start')
    .description(
      'the whole thread on this machine: embedded platform, Vault access and manifests by the real Pulumi engine, first values, delivery',
    )
    .option('-e, --environment <name>', 'environment to deliver', 'staging')
    .option('--directory <folder>', "folder of the platform (default: .embedded in the project's folder)")
    .option('--token-cache', 'let External Secrets Operator keep its Vault tokens between refreshes')
    .option('--once', 'stop the platform at the end')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The first run builds the components, about 25 minutes on two cores; later ones take seconds.
The platform runs on afterwards: see "nivesh-secrets platform". A failure or Ctrl-C stops it.

Example:
  nivesh-secrets start --environment production --once`,
    )
    .action(async (flags: StartFlags) => {
      await (await import('./start-run.js')).runStart(flags);
    });
}
