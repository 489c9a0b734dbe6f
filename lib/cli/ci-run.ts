import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Duration, type Environment, type GithubActionsDelivery, isDuration } from '../catalog';
import { GithubCliStore } from '../ci/github-cli';
import { GithubRestStore } from '../ci/github-rest';
import { checkCiValues, type CiPlan, deliverCi, planCi } from '../ci/plan';
import type { CiStore } from '../ci/store';
import { workflowEnv } from '../ci/workflow';
import { collectExampleValues } from '../dotenv/examples';
import { reasonOf } from '../error-reason';
import type { SecretValue } from '../values/secret-value';
import { showCi, showCiFindings } from './ci-report';
import { CliError, usageError } from './errors';
import { githubEnvironment } from './github-access';
import { print } from './output';
import { findProject, loadEnvironments, selectDelivered } from './project';
import { readSecret } from './secret-input';

/** Options of `nivesh-secrets ci`, as commander gives them. */
export interface CiFlags {
  readonly environment?: string;
  readonly set?: string;
  readonly from?: string;
  readonly values?: string;
  readonly maxAge?: string;
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly workflow?: boolean;
  readonly json?: boolean;
}

/** Runs `nivesh-secrets ci`. */
export async function runCi(names: readonly string[], flags: CiFlags): Promise<void> {
  const project = findProject();
  const environments = loadEnvironments(project);
  const environment = selectDelivered(environments, 'githubActions', flags.environment);
  if (flags.workflow) {
    print(workflowEnv(environment, names));
    return;
  }
  if (names.length > 0) {
    throw usageError(
      `unexpected names: ${names.join(', ')}`,
      'use them with --workflow, or enter a value with --set NAME',
    );
  }
  const maxAge = readMaxAge(flags);
  const values = await readValues(flags);
  checkCiValues(environment, values, await collectExampleValues(environments, project.root));
  const store = openStore(environment.delivery);
  const plan = planCi(environment, { stored: await store.list(), values, ...(maxAge === undefined ? {} : { maxAge }) });
  if (flags.check) {
    showCiFindings(environment, plan, flags);
    return;
  }
  if (!flags.dryRun) {
    await deliver(environment, store, plan, values);
  }
  showCi(environment, plan, flags);
}

function readMaxAge({ maxAge }: CiFlags): Duration | undefined {
  if (maxAge !== undefined && !isDuration(maxAge)) {
    throw usageError(
      `--max-age "${maxAge}" is not a length of time, allowed: such as "180d"`,
      'write a number before each unit',
    );
  }
  return maxAge;
}

async function readValues({ set, from, values, check: checks }: CiFlags): Promise<Map<string, SecretValue>> {
  if (checks && (set !== undefined || values !== undefined)) {
    throw usageError('--check changes nothing, so --set and --values have no place beside it', 'use one of them');
  }
  if (from !== undefined && set === undefined) {
    throw usageError('--from was given without --set', 'name the secret: --set NAME');
  }
  if (set !== undefined && values !== undefined) {
    throw usageError('--set and --values were both given', 'use one of them');
  }
  if (set !== undefined) {
    return new Map([[set, await readSecret(from)]]);
  }
  return values === undefined ? new Map() : await readFolder(values);
}

async function readFolder(folder: string): Promise<Map<string, SecretValue>> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw usageError(`${folder} cannot be read: ${reasonOf(error)}`, 'correct --values');
  });
  const entries: (readonly [string, SecretValue])[] = [];
  // Hidden files are an editor's or a mounted volume's own.
  for (const name of names.filter((file) => !file.startsWith('.')).toSorted()) {
    entries.push([name, await readSecret(join(folder, name))]);
  }
  return new Map(entries);
}

function openStore(delivery: GithubActionsDelivery): CiStore {
  const { token, ...server } = githubEnvironment();
  return token ? new GithubRestStore({ ...delivery, ...server, token }) : new GithubCliStore(delivery);
}

async function deliver(
  environment: Environment<GithubActionsDelivery>,
  store: CiStore,
  plan: CiPlan,
  values: ReadonlyMap<string, SecretValue>,
): Promise<void> {
  const done: string[] = [];
  try {
    await deliverCi(environment, store, plan, values, (name) => done.push(name));
  } catch (error) {
    if (error instanceof CliError && done.length > 0) {
      throw new CliError(`${error.message}; delivered before that: ${done.join(', ')}`, error.code, error.fix);
    }
    throw error;
  }
}
