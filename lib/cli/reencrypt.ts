import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { durationSeconds, isDuration } from '../catalog/duration';
import { Keyring } from '../encryption/keyring';
import {
  describePoison,
  explainFailure,
  parseTargets,
  reencryptTargets,
  type ReencryptReport,
  requireNewKey,
} from '../reencryption';
import { reasonOf } from '../vault/client';
import { environmentError, exitCode, usageError } from './errors';
import { print, printJson, table } from './output';
import { reencryptionProgress } from './reencryption-progress';

interface ReencryptFlags {
  readonly targets: string;
  readonly dryRun?: boolean;
  readonly batchSize: number;
  readonly rate?: number;
  readonly settle: string;
  readonly json?: boolean;
}

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
    .action(runReencrypt);
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

async function runReencrypt(flags: ReencryptFlags): Promise<void> {
  const targets = parseTargets(flags.targets, await readTargets(flags.targets));
  const keyring = Keyring.fromEnvironment();
  requireNewKey(keyring);
  const { dryRun = false, batchSize, rate, settle } = flags;
  const report = await withFixes(
    async () =>
      await reencryptTargets(targets, {
        keyring,
        environment: process.env,
        dryRun,
        batchSize,
        ...(rate === undefined ? {} : { rate }),
        settle: async () => {
          await sleep(durationSeconds(settle) * 1000);
        },
        progress: reencryptionProgress(),
      }),
  );
  if (flags.json) {
    printJson(report);
  } else {
    show(report);
  }
  if (report.targets.some(({ poisonCount }) => poisonCount > 0) || !(report.complete || report.dryRun)) {
    process.exitCode = exitCode.findings;
  }
}

async function readTargets(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(`${file} cannot be read: ${reasonOf(error)}`, 'correct --targets');
  }
}

/** Says what to do about the failures of databases. */
async function withFixes<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = explainFailure(error);
    if (failure) {
      throw environmentError(failure.message, failure.fix);
    }
    throw error;
  }
}

function show({ activeKey, dryRun, targets, complete }: ReencryptReport): void {
  const rows = targets.map(({ target, replaced, overtaken, poisonCount, remaining }) => [
    target,
    String(replaced),
    String(overtaken),
    String(poisonCount),
    remaining.join(', then '),
  ]);
  print(
    table(['TARGET', dryRun ? 'WOULD REPLACE' : 'REPLACED', 'OVERTAKEN', 'CANNOT DECRYPT', 'OLD VALUES LEFT'], rows),
  );
  for (const { target, poison, poisonCount } of targets) {
    poison.forEach((value) => {
      print(describePoison(target, value));
    });
    if (poisonCount > poison.length) {
      print(`${target}: ${poisonCount - poison.length} more values cannot be decrypted`);
    }
  }
  print(conclusion(activeKey, dryRun, complete));
}

function conclusion(activeKey: string, dryRun: boolean, complete: boolean): string {
  if (dryRun) {
    return 'nothing was written';
  }
  return complete
    ? `every value of these targets is encrypted with ${activeKey}; where they are all there is, remove the other keys`
    : `values of other keys than ${activeKey} are left: keep these keys, mend what cannot be decrypted, restart writers that still have the old keyring, then run this again`;
}
