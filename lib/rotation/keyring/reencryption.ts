import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeclarationError, type KeyringRotation, type Problem } from '../../catalog';
import type { Keyring } from '../../encryption';
import { reasonOf } from '../../error-reason';
import {
  closeStores,
  describePoison,
  explainFailure,
  LineProgress,
  openStores,
  parseTargets,
  type Progress,
  reencryptTargets,
  type ReencryptReport,
  type Target,
} from '../../reencryption';
import { RotationError, RotationServerError } from '../errors';
import type { PhaseResult, RotationContext } from '../strategy';

type Context = RotationContext<KeyringRotation>;

/** Where the data is, and how it is reached. */
export interface ReencryptionPlace {
  /** Folder that the file of targets is in. @default - the project's folder of the context, else the current folder */
  readonly folder?: string;
  /** Holds the connection URLs. @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Time between the two counts, in milliseconds: longer than transactions of an application last. */
const settleMs = 10_000;
/** Time until data is looked at again that somebody still writes with an old key, in milliseconds. */
const retryMs = 60_000;
const mostPoisonLines = 20;

/** Replaces what other keys than the active one encrypted, and counts twice that nothing is left. */
export async function reencryptData(
  context: Context,
  keyring: Keyring,
  place: ReencryptionPlace,
): Promise<PhaseResult> {
  const targets = await readTargets(context, place);
  const { rate } = context.field.declaration.rotation;
  const report = await explained(
    async () =>
      await reencryptTargets(targets, {
        keyring,
        environment: place.environment ?? process.env,
        ...(rate === undefined ? {} : { rate }),
        settle: async () => {
          await context.sleep(settleMs);
        },
        progress: progressOf(context),
      }),
  );
  const lines = poisonLines(report);
  if (lines.length > 0) {
    lines.forEach((line) => {
      context.report(line);
    });
    throw new RotationError(
      `${poisonCount(report)} values of ${context.field.id} cannot be decrypted, so the old key stays`,
      'restore or remove these values, then run the same command again',
    );
  }
  const replaced = report.targets.reduce((sum, target) => sum + target.replaced, 0);
  if (!report.complete) {
    const left = report.targets.map(({ target, remaining }) => `${target} ${remaining.join(', then ')}`).join('; ');
    return {
      done: false,
      until: new Date(context.now().getTime() + retryMs),
      reason: `somebody still writes with an old key (${left}): restart the processes that have the keyring of before`,
    };
  }
  return { done: true, facts: { replaced, countedTwice: true } };
}

/**
 * Everything that would stop the re-encryption later: the file, connections, tables, rights. Before the first phase, also
 * values that cannot be decrypted: all data is read once, since a rotation that cannot end should not begin.
 */
export async function dataProblems(context: Context, keyring: Keyring, place: ReencryptionPlace): Promise<Problem[]> {
  const environment = place.environment ?? process.env;
  try {
    const targets = await readTargets(context, place);
    const problems = await storeProblems(targets, keyring, environment);
    if (problems.length > 0 || hasBegun(context)) {
      return problems;
    }
    const trial = keyring.withNewKey();
    context.report(`${context.field.id}: reading everything that it encrypts, to see whether it can be decrypted`);
    const report = await reencryptTargets(targets, {
      keyring: trial.keyring.withActive(trial.keyId),
      environment,
      dryRun: true,
      settle: async () => {
        await Promise.resolve();
      },
      progress: progressOf(context),
    });
    return poisonProblems(report);
  } catch (error) {
    return error instanceof DeclarationError ? [...error.problems] : [problemOf(context, error)];
  }
}

function hasBegun(context: Context): boolean {
  return ['add', 'replace'].some((phase) => Object.keys(context.factsOf(phase)).length > 0);
}

async function storeProblems(
  targets: readonly Target[],
  keyring: Keyring,
  environment: NodeJS.ProcessEnv,
): Promise<Problem[]> {
  const stores = await openStores(targets, { keyring, dryRun: false, environment });
  try {
    const problems: Problem[] = [];
    for (const store of stores) {
      problems.push(...(await store.findProblems()));
    }
    return problems;
  } finally {
    await closeStores(stores);
  }
}

async function readTargets(context: Context, { folder }: ReencryptionPlace): Promise<readonly Target[]> {
  const { targets = '' } = context.field.declaration.rotation;
  const file = join(folder ?? context.projectFolder ?? process.cwd(), targets);
  const yaml = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RotationError(
      `${targets} cannot be read: ${reasonOf(error)}`,
      'write the list of what is encrypted (docs/reencryption.md), or correct the name in the catalog',
    );
  });
  return parseTargets(targets, yaml);
}

/** What the caller shows, for example a bar on a terminal; lines otherwise. */
function progressOf(context: Context): Progress {
  return (
    context.reencryptionProgress?.() ??
    new LineProgress((line) => {
      context.report(line);
    })
  );
}

/** Gives errors of databases the form of the rotation's own. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = explainFailure(error);
    if (failure) {
      throw new RotationServerError(failure.message, failure.fix ?? 'correct it, then run the same command again');
    }
    throw error;
  }
}

function problemOf({ field }: Context, error: unknown): Problem {
  const failure = explainFailure(error) ?? (error instanceof RotationError ? error : undefined);
  if (!failure) {
    throw error;
  }
  return {
    path: field.id,
    what: 'the data could not be re-encrypted',
    got: failure.message,
    allowed: 'targets that can be reached and written (docs/reencryption.md)',
    fix: failure.fix ?? 'correct it',
  };
}

function poisonCount({ targets }: ReencryptReport): number {
  return targets.reduce((sum, target) => sum + target.poisonCount, 0);
}

function poisonLines(report: ReencryptReport): string[] {
  const lines = report.targets.flatMap(({ target, poison }) => poison.map((value) => describePoison(target, value)));
  const more = poisonCount(report) - mostPoisonLines;
  return [...lines.slice(0, mostPoisonLines), ...(more > 0 ? [`and ${more} more`] : [])];
}

function poisonProblems(report: ReencryptReport): Problem[] {
  return poisonLines(report).map((line) => ({
    path: line,
    what: 'the stored value cannot be decrypted, so the old key could never be removed',
    got: 'a value that no key of the keyring opens',
    allowed: 'ciphertexts of keys that the keyring has',
    fix: 'restore or remove it',
  }));
}
