import type { KubernetesClient, KubernetesObject } from './client';
import { holdsCondition } from './condition';
import { poll, type PollOptions } from './poll';
import { NotYetDeliveredError } from './rollout-errors';

/** A CronJob by its name. */
export interface CronJobName {
  readonly namespace: string;
  readonly name: string;
}

/** See {@link awaitJobs}. */
export interface RunningJobsOptions extends PollOptions {
  /** Longest time that a Job may take, in milliseconds. @default 900_000 */
  readonly jobTimeoutMs?: number;
  /** Gets the names that are waited for, when they change. @default - nobody */
  readonly onProgress?: (jobs: readonly string[]) => void;
}

/** Jobs of one CronJob. */
export interface RunningJobs {
  readonly cronJob: CronJobName;
  readonly uids: ReadonlySet<string>;
}

/** The Jobs of a CronJob that run now. */
export async function runningJobs(
  kubernetes: KubernetesClient,
  cronJob: CronJobName,
  options: PollOptions = {},
): Promise<RunningJobs> {
  const jobs = await poll(async () => await listRunning(kubernetes, cronJob), options);
  return { cronJob, uids: new Set(jobs.map(uidOf)) };
}

/**
 * Waits until some Jobs have ended. A CronJob has nothing to restart: its next Job starts with the Secret as it is then.
 * @throws NotYetDeliveredError when one runs for too long
 */
export async function awaitJobs(
  kubernetes: KubernetesClient,
  { cronJob, uids }: RunningJobs,
  options: RunningJobsOptions = {},
): Promise<void> {
  const { jobTimeoutMs = 900_000, onProgress } = options;
  const deadline = Date.now() + jobTimeoutMs;
  let told = '';
  await poll(async () => {
    const left = (await listRunning(kubernetes, cronJob)).filter((job) => uids.has(uidOf(job)));
    const names = left.map(({ metadata }) => metadata.name);
    if (names.length === 0) {
      return true;
    }
    if (names.join() !== told) {
      told = names.join();
      onProgress?.(names);
    }
    if (Date.now() > deadline) {
      throw new NotYetDeliveredError(
        `Job ${names.join(', ')} of CronJob ${cronJob.namespace}/${cronJob.name} has the old values and still runs after ${Math.round(jobTimeoutMs / 1000)} s`,
        'start the same command again when it has ended, or end it: it goes on',
      );
    }
    return undefined;
  }, options);
}

async function listRunning(kubernetes: KubernetesClient, cronJob: CronJobName): Promise<KubernetesObject[]> {
  const jobs = await kubernetes.list('batch/v1', 'Job', cronJob.namespace);
  return jobs.filter((job) => isOwnedBy(job, cronJob.name) && !hasEnded(job) && !isSuspended(job));
}

function isOwnedBy({ metadata }: KubernetesObject, cronJob: string): boolean {
  const references = metadata.ownerReferences as
    readonly { readonly kind: string; readonly name: string }[] | undefined;
  return references?.some(({ kind, name }) => kind === 'CronJob' && name === cronJob) ?? false;
}

/** It has no pods; those that it gets later have the values of then. */
function isSuspended({ spec }: KubernetesObject): boolean {
  return (spec as { suspend?: boolean } | undefined)?.suspend ?? false;
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions */
function hasEnded(job: KubernetesObject): boolean {
  return holdsCondition(job, 'Complete') || holdsCondition(job, 'Failed');
}

function uidOf({ metadata }: KubernetesObject): string {
  return metadata.uid ?? metadata.name;
}
