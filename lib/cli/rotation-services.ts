import type { Environment, ExternalSecretsDelivery, FieldReference } from '../catalog';
import { correctionOf } from '../catalog/nearest';
import { consoleReporter } from '../embedded/reporter';
import { NotYetDeliveredError } from '../kubernetes/rollout-errors';
import { RotationEngine } from '../rotation/engine';
import { RotationError, RotationServerError } from '../rotation/errors';
import { RotationLockError } from '../rotation/journal-state';
import { followingField, rotatableFields } from '../rotation/rotatable-fields';
import { RolloutFailedError } from '../rotation/value-delivery';
import { WorkloadDelivery } from '../rotation/workload-delivery';
import { CheckAndSetError, KvEngine } from '../vault/kv';
import { connectKubernetes, connectVault } from './connections';
import { CliError, environmentError, exitCode, usageError } from './errors';
import { findProject } from './project';
import { reencryptionProgress } from './reencryption-progress';
import { fixOfAnswer, isServerAnswer } from './server-answers';

/** Everything that rotates, connected. */
export interface RotationServices {
  readonly engine: RotationEngine;
  readonly kv: KvEngine;
}

/** Connects to Vault and to the cluster, and closes both afterwards. Progress goes to standard error. */
export async function withRotation<T>(
  environment: Environment<ExternalSecretsDelivery>,
  cluster: { readonly kubeconfig?: string; readonly context?: string },
  work: (services: RotationServices) => Promise<T>,
): Promise<T> {
  const vault = await connectVault(environment);
  try {
    const kubernetes = await connectKubernetes(cluster);
    try {
      const kv = new KvEngine(vault, environment.delivery.vault.mount);
      const reporter = consoleReporter();
      const engine = new RotationEngine({
        environment,
        kv,
        delivery: (guarded, report, guard) =>
          new WorkloadDelivery({ environment, kubernetes, kv: guarded, report, guard }),
        report: (line) => {
          reporter.line(line);
        },
        projectFolder: findProject().root,
        // Lines go the way of the other lines of a rotation.
        ...(process.stderr.isTTY ? { reencryptionProgress } : {}),
      });
      return await work({ engine, kv });
    } finally {
      await kubernetes.close();
    }
  } finally {
    await vault.close();
  }
}

/** Says what to do about the failures of rotations. */
export function explainRotationError(error: unknown): unknown {
  if (error instanceof RotationLockError) {
    const fix = `wait until it ends; if that run is gone, start this again after ${error.until.toISOString()}`;
    return environmentError(error.message, fix);
  }
  if (error instanceof RolloutFailedError) {
    const fix = 'see why the pods do not become ready, mend it, then start the same command again: it goes on';
    return new CliError(error.message, exitCode.findings, fix);
  }
  if (error instanceof RotationServerError || error instanceof NotYetDeliveredError) {
    return environmentError(error.message, error.fix);
  }
  if (isServerAnswer(error)) {
    return environmentError(error.message, `${fixOfAnswer(error)}, then start the same command again`);
  }
  if (error instanceof RotationError) {
    return new CliError(error.message, exitCode.findings, error.fix);
  }
  return error instanceof CheckAndSetError ? environmentError(error.message, 'start the same command again') : error;
}

/**
 * A field by its name, as `path.field`.
 * @throws CliError that names the field that was probably meant, or the one that this one changes with
 */
export function selectField({ catalog }: Environment, id: string): FieldReference {
  const fields = rotatableFields(catalog);
  const found = fields.find((field) => field.id === id);
  if (found) {
    return found;
  }
  const following = followingField(catalog, id);
  if (following) {
    throw usageError(
      `${id} is ${following.role} and not rotated by itself`,
      following.rotatedWith === undefined
        ? 'rotate the password that goes with it'
        : `rotate ${following.rotatedWith}, which changes it too`,
    );
  }
  const names = fields.map((field) => field.id);
  const short = names.filter((name) => name.endsWith(`/${id}`) || name.endsWith(`.${id}`));
  throw usageError(
    `no such field "${id}" in catalog "${catalog.name}"`,
    short.length > 0
      ? `did you mean ${short.join(' or ')}?`
      : correctionOf(id, names, `use one of ${names.join(', ')}`),
  );
}
