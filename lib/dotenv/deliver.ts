import { join } from 'node:path';
import { type DotenvDelivery, type Environment, formatProblem } from '../catalog';
import { CliError, exitCode } from '../cli/errors';
import { withLock } from '../embedded/lock';
import { checkDotenv, type DotenvFinding, exposureFindings } from './check';
import type { Requests } from './choose-values';
import { findGitFolder } from './git';
import { loadLocalFiles } from './local-file';
import { type DotenvPlan, planDotenv } from './plan';
import { privateFolder, writeDotenvFiles } from './write';

/** How {@link deliverDotenv} works. */
export interface DeliverOptions extends Requests {
  /** Values of the repository's other example files, from `collectExampleValues`. @default - none */
  readonly examples?: ReadonlySet<string>;
  /** Plan and refuse as always, but write nothing. @default false */
  readonly dryRun?: boolean;
}

/**
 * Writes the `.env` files of an environment: keeps what is there, fills in what is missing.
 * @param root folder that the declared paths start from; it has to be in a git work tree that ignores the files
 * @throws CliError that lists every reason not to write; the disk is then as it was
 */
export async function deliverDotenv(
  environment: Environment<DotenvDelivery>,
  root: string,
  { dryRun = false, examples, ...requests }: DeliverOptions = {},
): Promise<DotenvPlan> {
  const folder = await findGitFolder(root);
  const work = async (): Promise<DotenvPlan> => {
    const exposed = await exposureFindings(folder, pathsOf(environment));
    const plan = planDotenv(environment, await loadLocalFiles(environment, root), requests, examples);
    refuse([
      ...exposed.map(({ file, message, fix }) => `${file}: ${message}, fix: ${fix}`),
      ...plan.problems.map(formatProblem),
    ]);
    if (!dryRun) {
      await writeDotenvFiles(folder, plan.files);
    }
    return plan;
  };
  if (dryRun) {
    return await work();
  }
  return await withLock(join(await privateFolder(folder), 'lock'), { timeoutMs: 30_000 }, work);
}

/**
 * What is wrong with the files of an environment. It writes nothing.
 * @param examples values of the repository's other example files, from `collectExampleValues` @default - none
 */
export async function inspectDotenv(
  environment: Environment<DotenvDelivery>,
  root: string,
  examples?: ReadonlySet<string>,
): Promise<{ readonly findings: readonly DotenvFinding[]; readonly plan: DotenvPlan }> {
  const folder = await findGitFolder(root);
  const loaded = await loadLocalFiles(environment, root);
  const plan = planDotenv(environment, loaded, {}, examples);
  return { findings: await checkDotenv(environment, folder, loaded, plan), plan };
}

function pathsOf({ delivery }: Environment<DotenvDelivery>): string[] {
  return delivery.files.map(({ path }) => path);
}

function refuse(reasons: readonly string[]): void {
  if (reasons.length > 0) {
    const count = reasons.length === 1 ? 'one reason' : `${reasons.length} reasons`;
    throw new CliError(
      [`nothing was written, for ${count}:`, ...reasons.map((reason) => `  ${reason}`)].join('\n'),
      exitCode.findings,
    );
  }
}
