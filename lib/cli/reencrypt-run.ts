import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { durationSeconds } from '../catalog/duration';
import { Keyring } from '../encryption/keyring';
import { reasonOf } from '../error-reason';
import {
  describePoison,
  explainFailure,
  parseTargets,
  reencryptTargets,
  type ReencryptReport,
  requireNewKey,
} from '../reencryption';
import { environmentError, exitCode, usageError } from './errors';
import { print, printJson, table } from './output';
import { reencryptionProgress } from './reencryption-progress';

/** Options of `nivesh-secrets reencrypt`, as commander gives them. */
export interface ReencryptFlags {
  readonly targets: string;
  readonly dryRun?: boolean;
  readonly batchSize: number;
  readonly rate?: number;
  readonly settle: string;
  readonly json?: boolean;
}

/** Runs `nivesh-secrets reencrypt`. */
export async function runReencrypt(flags: ReencryptFlags): Promise<void> {
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
