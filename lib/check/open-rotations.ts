import type { Environment, ExternalSecretsDelivery } from '../catalog';
import { readJournal } from '../rotation/journal';
import { rotatableFields } from '../rotation/rotatable-fields';
import { type FieldStatus, statusOf } from '../rotation/status';
import type { KvEngine } from '../vault/kv';
import type { VerifyFinding } from './finding';

/**
 * Rotations that could go on and do not: an old value that is still accepted after the end of its overlap, or one that
 * stopped halfway. Those that run, or wait for their time or for a person, are as they should be.
 */
export async function openRotations(
  environment: Environment<ExternalSecretsDelivery>,
  kv: KvEngine,
  now: Date,
): Promise<VerifyFinding[]> {
  const statuses = await Promise.all(
    rotatableFields(environment.catalog).map(async (field) => {
      const { record } = await readJournal(kv, field);
      return statusOf({ field, record, now });
    }),
  );
  return statuses
    .filter(({ next }) => next === 'resume')
    .map((status) => ({
      check: 'rotation',
      object: status.field,
      message: messageOf(status),
      fix: `nivesh-secrets rotate ${status.field} --environment ${environment.name} --yes`,
    }));
}

function messageOf({ open }: FieldStatus): string {
  return open?.waitUntil
    ? `the overlap ended at ${open.waitUntil.toISOString()}, and the old value is still accepted`
    : `its rotation began at ${open?.startedAt.toISOString() ?? ''} and stopped in the phase ${open?.phase ?? ''}`;
}
