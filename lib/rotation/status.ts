import {
  durationSeconds,
  type Environment,
  type ExternalSecretsDelivery,
  type FieldReference,
  replacedByCommand,
} from '../catalog';
import type { KvEngine } from '../vault/kv';
import { readJournal } from './journal';
import { currentPhase, type JournalRecord, type LastRotation, lastRotation, leaseAt } from './journal-state';
import { rotatableFields } from './rotatable-fields';

/** Where the rotation of one field stands. */
export interface FieldStatus {
  /** `path.field`. */
  readonly field: string;
  readonly strategy: string;
  /** The last rotation that ended. */
  readonly last?: LastRotation;
  /** Since when the value can be in use; nothing where Vault has none yet. */
  readonly since?: Date;
  /** When the value reaches the age that the catalog allows. */
  readonly dueAt?: Date;
  /** The rotation that has begun. */
  readonly open?: OpenRotation;
  readonly next: NextStep;
}

/** A rotation that has begun and not ended. */
export interface OpenRotation {
  readonly id: string;
  readonly mode: string;
  readonly startedAt: Date;
  /** The phase that runs or comes next. */
  readonly phase: string;
  /** When it goes on: the end of an overlap. */
  readonly waitUntil?: Date;
  /** What a person must do. */
  readonly waitsFor?: string;
  /** Who is at work. */
  readonly holder?: string;
}

/**
 * What is to be done now: nothing; begin a rotation that is due; go on with one whose wait has ended or that stopped; or
 * what only a person can do.
 */
export type NextStep = 'nothing' | 'begin' | 'resume' | 'person';

/** See {@link statusOf}. */
export interface StatusOptions {
  readonly field: FieldReference;
  readonly record?: JournalRecord | undefined;
  /** When Vault got the first version of the path. */
  readonly createdAt?: Date | undefined;
  readonly now: Date;
}

/**
 * Where one field stands. A value's age counts from the beginning of the rotation that made it; before the first
 * rotation, from the first version of its path, which can only be too early.
 */
export function statusOf({ field, record, createdAt, now }: StatusOptions): FieldStatus {
  const { rotation } = field.declaration;
  const last = record && lastRotation(record);
  const since = last?.startedAt ?? createdAt;
  const dueAt =
    since && rotation.every ? new Date(since.getTime() + durationSeconds(rotation.every) * 1000) : undefined;
  const open = record && openRotation(record, now);
  return {
    field: field.id,
    strategy: rotation.strategy,
    ...(last ? { last } : {}),
    ...(since ? { since } : {}),
    ...(dueAt ? { dueAt } : {}),
    ...(open ? { open } : {}),
    next: open ? nextOfOpen(open, now) : dueAt && dueAt <= now ? beginning(field) : 'nothing',
  };
}

function openRotation(record: JournalRecord, now: Date): OpenRotation | undefined {
  const phase = currentPhase(record);
  if (!phase) {
    return undefined;
  }
  const holder = leaseAt(record, now)?.holder;
  return {
    id: record.id,
    mode: record.mode,
    startedAt: record.startedAt,
    phase: phase.name,
    ...(phase.waitUntil ? { waitUntil: phase.waitUntil } : {}),
    ...(phase.waitsFor === undefined ? {} : { waitsFor: phase.waitsFor }),
    ...(holder === undefined ? {} : { holder }),
  };
}

function nextOfOpen({ holder, waitUntil, waitsFor }: OpenRotation, now: Date): NextStep {
  if (holder !== undefined || (waitUntil && waitUntil > now)) {
    return 'nothing';
  }
  return waitsFor === undefined ? 'resume' : 'person';
}

/** Where the new value is worth nothing until a person has done something with it, nobody begins without them. */
function beginning({ declaration: { source, rotation } }: FieldReference): NextStep {
  const byPerson =
    rotation.strategy === 'manual' && (source.type === 'issued' || rotation.instructions !== replacedByCommand);
  return byPerson ? 'person' : 'begin';
}

/** Where every field of an environment stands, in the order of the catalog. Reads journals and times, never values. */
export async function readStatuses(
  environment: Environment<ExternalSecretsDelivery>,
  kv: KvEngine,
  now: Date,
): Promise<FieldStatus[]> {
  return await Promise.all(
    rotatableFields(environment.catalog).map(async (field) => {
      const [{ record }, metadata] = await Promise.all([readJournal(kv, field), kv.metadata(field.secret.path)]);
      return statusOf({ field, record, createdAt: metadata?.createdAt, now });
    }),
  );
}
