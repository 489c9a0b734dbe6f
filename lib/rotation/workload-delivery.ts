import {
  type Environment,
  type ExternalSecretsDelivery,
  type Problem,
  readersOf,
  type WorkloadDeclaration,
  workloadNames,
} from '../catalog';
import type { KubernetesClient } from '../kubernetes/client';
import { refreshExternalSecret, type RefreshOptions } from '../kubernetes/refresh';
import {
  awaitRollout,
  getWorkload,
  readRollout,
  removeStuckPods,
  restartMark,
  restartWorkload,
  type RolloutOptions,
  type RolloutTarget,
} from '../kubernetes/rollout';
import { NotDeliveredError } from '../kubernetes/rollout-errors';
import { unreadyPods } from '../kubernetes/rollout-state';
import { awaitJobs, type RunningJobs, runningJobs, type RunningJobsOptions } from '../kubernetes/running-jobs';
import type { KvEngine } from '../vault/kv';
import { publishedState, republish } from './republish';
import { isRestartOf, restartAnnotation, restartMarkOf } from './restart-mark';
import { checkRollout } from './rollout-check';
import { explainUnreadyPods } from './rollout-failure';
import { type PublishedVersion, type RestartsOf, RolloutFailedError, type ValueDelivery } from './value-delivery';

/** See {@link WorkloadDelivery}. */
export interface WorkloadDeliveryOptions extends Omit<
  RefreshOptions & RolloutOptions & RunningJobsOptions,
  'onProgress'
> {
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly kubernetes: KubernetesClient;
  readonly kv: KvEngine;
  /** A line for the person who waits. Never a value. */
  readonly report: (line: string) => void;
  /**
   * Splits workloads into groups that restart one after the other, each group at once.
   * @default - one workload after the other, in the order of the catalog
   */
  readonly waves?: (workloads: readonly string[]) => readonly (readonly string[])[];
}

/**
 * Brings a version in Vault to the pods that read it, through External Secrets Operator and a rolling restart. Pods that
 * do not come up with it get the old values back, without anybody having to look.
 */
export class WorkloadDelivery implements ValueDelivery {
  constructor(private readonly options: WorkloadDeliveryOptions) {}

  async check(path: string, fields: readonly string[], own?: RestartsOf): Promise<Problem[]> {
    const { kubernetes, environment, report } = this.options;
    const { problems, notes } = await checkRollout(
      kubernetes,
      environment.catalog,
      this.readers(path, fields),
      // A run that was killed while its pods did not come up: going on is what gives them values that work.
      (workload) =>
        own !== undefined && isRestartOf(own.rotations, restartMark(workload, restartAnnotation(own.field))),
    );
    notes.forEach(report);
    return [...problems];
  }

  async deliver(published: PublishedVersion): Promise<void> {
    const workloads = this.readers(published.path, published.fields);
    const { values, version } = await publishedState(this.options.kv, published);
    if (values === 'old') {
      // A run before this one published them again and did not live to say so.
      await this.rollBack(published, workloads);
      throw new RolloutFailedError(
        `${published.path}: the old values were published again after version ${published.version} did not come up; see the events of the pods, and publish new values`,
        version,
      );
    }
    if (values === 'other') {
      throw new RolloutFailedError(
        `${published.path}: the fields ${published.fields.join(', ')} hold neither the values of version ${published.version} nor those before, somebody has written version ${version}; fix: find out who, then rotate again`,
      );
    }
    try {
      await this.bring(published, workloads);
    } catch (error) {
      if (!(error instanceof NotDeliveredError)) {
        throw error;
      }
      throw await this.takeBack(published, workloads, error);
    }
  }

  /** Workloads that read one of the fields, in the order of the catalog. */
  private readers(path: string, fields: readonly string[]): string[] {
    const { catalog } = this.options.environment;
    const readers = new Set(fields.flatMap((field) => readersOf(catalog, path, field).map(({ workload }) => workload)));
    return Object.keys(catalog.workloads).filter((name) => readers.has(name));
  }

  private async bring(published: PublishedVersion, workloads: readonly string[]): Promise<void> {
    const { kubernetes } = this.options;
    await this.refresh(workloads);
    // Looked at before the restarts: Jobs that start from now on have the new values.
    const jobs = await Promise.all(
      workloads
        .filter((name) => this.declared(name).kind === 'CronJob')
        .map((name) => runningJobs(kubernetes, { namespace: this.declared(name).namespace, name }, this.options)),
    );
    for (const wave of this.waves(workloads)) {
      await all(
        this.targets(wave).map(async (target) => {
          const started = await restartWorkload(kubernetes, target, restartMarkOf(published), this.options);
          this.options.report(`${target.name}: ${started ? 'restarts' : 'was restarted for this already'}`);
          await this.awaitRollout(target);
          this.options.report(`${target.name}: every pod has the new values`);
        }),
      );
    }
    for (const running of jobs) {
      await this.awaitJobs(running);
    }
  }

  private async refresh(workloads: readonly string[]): Promise<void> {
    const { kubernetes, environment, report } = this.options;
    await all(
      workloads.map(async (workload) => {
        const name = workloadNames(environment.catalog.name, workload).externalSecret;
        await refreshExternalSecret(kubernetes, { namespace: this.declared(workload).namespace, name }, this.options);
        report(`${workload}: its Secret was read from Vault again`);
      }),
    );
  }

  private async awaitRollout(target: RolloutTarget): Promise<void> {
    const { kubernetes, environment, report } = this.options;
    try {
      await awaitRollout(kubernetes, target, {
        ...this.options,
        onProgress: (reason) => {
          report(`${target.name}: ${reason}`);
        },
      });
    } catch (error) {
      if (!(error instanceof NotDeliveredError)) {
        throw error;
      }
      const pods = unreadyPods(await readRollout(kubernetes, target), 'newest');
      throw new NotDeliveredError([error.message, ...explainUnreadyPods(pods, environment)].join('; '));
    }
  }

  private async awaitJobs(running: RunningJobs): Promise<void> {
    const { kubernetes, report } = this.options;
    await awaitJobs(kubernetes, running, {
      ...this.options,
      onProgress: (jobs) => {
        report(`${running.cronJob.name}: ${jobs.join(', ')} began with the old values and still runs`);
      },
    });
  }

  /** Publishes the old values and brings them to the pods that were restarted; gives what is to be thrown. */
  private async takeBack(
    published: PublishedVersion,
    workloads: readonly string[],
    cause: NotDeliveredError,
  ): Promise<RolloutFailedError> {
    const { kv, report } = this.options;
    if (published.revokes) {
      return new RolloutFailedError(`${cause.message}; the new values stay, because the old ones are revoked`);
    }
    report(`${cause.message}; publishing the old values again`);
    let version: number | undefined;
    try {
      version = await republish(kv, published);
      if (version === undefined) {
        return new RolloutFailedError(
          `${cause.message}; the old values could not be published again: somebody has written other values to ${published.path}, or the version ${published.previousVersion} is gone`,
        );
      }
      await this.rollBack(published, workloads);
      return new RolloutFailedError(
        `${cause.message}; the old values are delivered again, as version ${version}`,
        version,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const done =
        version === undefined ? 'could not be published again' : `were published again, as version ${version}`;
      return new RolloutFailedError(`${cause.message}; the old values ${done}, but: ${reason}`, version);
    }
  }

  /** Brings the old values to the workloads that were restarted for the new ones. */
  private async rollBack(published: PublishedVersion, workloads: readonly string[]): Promise<void> {
    const { kubernetes, report } = this.options;
    await this.refresh(workloads);
    const back = restartMarkOf(published, 'republished');
    const marks = [restartMarkOf(published).value, back.value];
    for (const wave of this.waves(workloads)) {
      await all(
        this.targets(wave).map(async (target) => {
          const workload = await getWorkload(kubernetes, target);
          const mark = workload && restartMark(workload, back.annotation);
          if (mark === undefined || !marks.includes(mark)) {
            return;
          }
          await restartWorkload(kubernetes, target, back, this.options);
          await removeStuckPods(kubernetes, target, this.options);
          await this.awaitRollout(target);
          report(`${target.name}: every pod has the old values again`);
        }),
      );
    }
  }

  private waves(workloads: readonly string[]): readonly (readonly string[])[] {
    return this.options.waves?.(workloads) ?? workloads.map((name) => [name]);
  }

  private targets(workloads: readonly string[]): RolloutTarget[] {
    return workloads.flatMap((name) => {
      const { kind, namespace } = this.declared(name);
      return kind === 'CronJob' ? [] : [{ kind, namespace, name }];
    });
  }

  private declared(name: string): WorkloadDeclaration {
    const declaration = this.options.environment.catalog.workloads[name];
    if (!declaration) {
      throw new Error(`no workload ${name} in catalog ${this.options.environment.catalog.name}`);
    }
    return declaration;
  }
}

/** Waits for all, also when one fails: none may go on behind the back of what follows. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((result) => result.status === 'rejected');
  if (failed) {
    throw failed.reason;
  }
}
