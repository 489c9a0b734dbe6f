import { randomUUID } from 'node:crypto';
import type { Environment, ExternalSecretsDelivery, FieldReference } from '../catalog';
import type { KvEngine } from '../vault/kv';
import { RotationError } from './errors';
import { type ReadJournal, readJournal } from './journal';
import {
  beginRotation,
  currentPhase,
  type JournalRecord,
  leaseAt,
  type Pause,
  RotationLockError,
} from './journal-state';
import type { RotationMode, RotationPhase, RotationStrategy } from './strategy';

/** What a run of `rotate` would do with one field. */
export interface RotationPlan {
  /** `path.field`. */
  readonly field: string;
  readonly strategy: RotationStrategy;
  readonly mode: RotationMode;
  /** Whether it goes on with a rotation that has begun. */
  readonly resumes: boolean;
  /** Phases that are left, in order. */
  readonly phases: readonly RotationPhase[];
  /** Phases that have ended. */
  readonly finished: readonly string[];
  /** What the rotation waits for now; nothing where it can go on. */
  readonly pause?: Pause;
  /** What stops working, where the overlap is skipped. */
  readonly breaks: readonly string[];
  /** The journal as it was read. */
  readonly journal: ReadJournal;
  /** The rotation to go on with, or to begin. */
  readonly record: JournalRecord;
}

/** See {@link planRotation}. */
export interface PlanOptions {
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly kv: KvEngine;
  readonly field: FieldReference;
  readonly strategy: RotationStrategy;
  /** @default 'overlap', or that of the rotation that has begun */
  readonly mode?: RotationMode | undefined;
  /** Whether a person has said that they did what the rotation waits for. */
  readonly hasEvidence: boolean;
  readonly now: Date;
}

/**
 * Reads the journal and says what comes next. Changes nothing.
 * @throws RotationLockError while another run is at work, and RotationError where the catalog has another strategy now
 */
export async function planRotation(options: PlanOptions): Promise<RotationPlan> {
  const { field, kv, now } = options;
  const journal = await readJournal(kv, field);
  const lease = journal.record && leaseAt(journal.record, now);
  if (lease) {
    throw new RotationLockError(field.id, lease.holder, lease.until);
  }
  const open = openRotation(journal.record, options.mode);
  return open
    ? planOf(open, true, journal, options)
    : planOf(newRotation(journal.record, options), false, journal, options);
}

/** A leaked value cannot wait for the end of an overlap, so `revoke-now` breaks one off. */
function openRotation(record: JournalRecord | undefined, mode: RotationMode | undefined): JournalRecord | undefined {
  const brokenOff = mode === 'revoke-now' && record?.mode === 'overlap';
  return record && !record.finishedAt && !brokenOff ? record : undefined;
}

function newRotation(before: JournalRecord | undefined, options: PlanOptions): JournalRecord {
  const { field, strategy, mode = 'overlap', now } = options;
  return beginRotation(before, {
    field: field.id,
    id: randomUUID(),
    strategy: strategy.name,
    mode,
    phases: strategy.phases(mode, field.declaration.rotation).map(({ name }) => name),
    now,
  });
}

function planOf(record: JournalRecord, resumes: boolean, journal: ReadJournal, options: PlanOptions): RotationPlan {
  const { field, strategy } = options;
  const { rotation } = field.declaration;
  const phases = strategy.phases(record.mode, rotation);
  const names = record.phases.map(({ name }) => name);
  if (record.strategy !== strategy.name || names.join() !== phases.map(({ name }) => name).join()) {
    throw new RotationError(
      `the rotation of ${field.id} began as ${record.strategy} (${names.join(', ')}), and the catalog says ${strategy.name} (${phases.map(({ name }) => name).join(', ')})`,
      'end it with the catalog that it began with, then change the catalog',
    );
  }
  const finished = record.phases.filter(({ finishedAt }) => finishedAt).map(({ name }) => name);
  const pause = pauseOf(record, options);
  return {
    field: field.id,
    strategy,
    mode: record.mode,
    resumes,
    phases: phases.slice(finished.length),
    finished,
    ...(pause ? { pause } : {}),
    breaks: record.mode === 'revoke-now' ? strategy.breaks(rotation) : [],
    journal,
    record,
  };
}

function pauseOf(record: JournalRecord, { now, hasEvidence }: PlanOptions): Pause | undefined {
  const { waitUntil, reason = '', waitsFor } = currentPhase(record) ?? {};
  if (waitUntil && waitUntil > now) {
    return { until: waitUntil, reason };
  }
  return waitsFor !== undefined && !hasEvidence ? { waitsFor } : undefined;
}
