import { Command, InvalidArgumentError } from 'commander';
import { isDuration } from '../catalog/duration';
import type { ReencryptFlags } from './reencrypt-run';

/** `nivesh-secrets reencrypt` */
export function reencryptCommand(): Command {
  return new Command('reencrypt')
    .description(
      're-encrypt stored fields with the active key of the keyring, and count twice what is left of old keys',
    )
    .requiredOption('-t, --targets <file>', 'YAML file that lists the tables, collections and their encrypted fields')
    .option('--dry-run', 'read and decrypt everything, write nothing')
    .option('--batch-size <rows>', 'rows in one statement', wholeNumber, 1000)
    .option('--rate <rows>', 'at most so many rows a second', wholeNumber)
    .option('--settle <duration>', 'time between the two counts; longer than the longest transaction', duration, '10s')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Keys come from ENCRYPTION_KEYRING, connections from the variables that the file names, or from PGHOST, PGUSER and the
others of libpq. The run may be killed at any moment; started again, it goes on where it stopped.
It exits with 1 while a value cannot be decrypted or another key than the active one is in use.

Examples:
  nivesh-secrets reencrypt --targets reencryption.yaml --dry-run
  nivesh-secrets reencrypt --targets reencryption.yaml --rate 2000`,
    )
    .action(async (flags: ReencryptFlags) => {
      await (await import('./reencrypt-run.js')).runReencrypt(flags);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new InvalidArgumentError('Allowed: a whole number from 1 to 999999.');
  }
  return value;
}

function duration(text: string): string {
  if (!isDuration(text)) {
    throw new InvalidArgumentError('Allowed: a duration such as 30s or 5m.');
  }
  return text;
}
