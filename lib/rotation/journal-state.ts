import { z } from 'zod';
import type { PhaseFacts, RotationMode } from './strategy';

/**
 * What the journal of one field holds: the rotation that runs or ran last, and who may go on with it. No value has a
 * place in it. The functions of this file are pure: they take a record and give the next one.
 */
export interface JournalRecord {
  /** `path.field`. */
  readonly field: string;
  /** Of the rotation. */
  readonly id: string;
  readonly strategy: string;
  readonly mode: RotationMode;
  readonly startedAt: Date;
  /** When the last phase ended. */
  readonly finishedAt?: Date | undefined;
  /** Every phase, in order; the first that is not finished is the one to run. */
  readonly phases: readonly PhaseRecord[];
  /** Who may change something. */
  readonly lease?: Lease | undefined;
  /** The last rotation that ended, while another one runs. */
  readonly last?: LastRotation | undefined;
  /** The rotation that this one broke off. */
  readonly supersedes?: string | undefined;
}

/** One phase of a rotation. */
export interface PhaseRecord {
  readonly name: string;
  readonly startedAt?: Date | undefined;
  readonly finishedAt?: Date | undefined;
  readonly facts: PhaseFacts;
  /** Not before. */
  readonly waitUntil?: Date | undefined;
  /** Why it waits. */
  readonly reason?: string | undefined;
  /** What a person must do. */
  readonly waitsFor?: string | undefined;
}

/** The right to change something, for a short time. */
export interface Lease {
  readonly holder: string;
  readonly until: Date;
}

/** A rotation that ended. */
export interface LastRotation {
  readonly id: string;
  readonly mode: RotationMode;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Another run is at work, or has taken over meanwhile. */
export class RotationLockError extends Error {
  constructor(
    readonly field: string,
    readonly holder: string,
    /** When its right ends unless it is renewed. */
    readonly until: Date,
  ) {
    super(`the rotation of ${field} is in the hands of ${holder} until ${until.toISOString()}`);
    this.name = 'RotationLockError';
  }
}

const date = z.iso.datetime().transform((text) => new Date(text));
const mode = z.enum(['overlap', 'revoke-now']);

const phaseShape = z.object({
  name: z.string(),
  startedAt: date.optional(),
  finishedAt: date.optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  waitUntil: date.optional(),
  reason: z.string().optional(),
  waitsFor: z.string().optional(),
});

const journalShape = z.object({
  field: z.string(),
  id: z.string(),
  strategy: z.string(),
  mode,
  startedAt: date,
  finishedAt: date.optional(),
  phases: z.array(phaseShape).min(1),
  lease: z.object({ holder: z.string(), until: date }).optional(),
  last: z.object({ id: z.string(), mode, startedAt: date, finishedAt: date }).optional(),
  supersedes: z.string().optional(),
});

/**
 * Reads what Vault holds; nothing where it is not a journal.
 */
export function parseJournal(document: unknown): JournalRecord | undefined {
  const parsed = journalShape.safeParse(document);
  return parsed.success ? parsed.data : undefined;
}

/** See {@link beginRotation}. */
export interface BeginOptions {
  readonly field: string;
  readonly id: string;
  readonly strategy: string;
  readonly mode: RotationMode;
  /** Names of the phases, in order. */
  readonly phases: readonly string[];
  readonly now: Date;
}

/** A new rotation, which nobody holds yet; what ended before is remembered, what did not is broken off. */
export function beginRotation(before: JournalRecord | undefined, options: BeginOptions): JournalRecord {
  const { field, id, strategy, now } = options;
  const last = before && lastRotation(before);
  return {
    field,
    id,
    strategy,
    mode: options.mode,
    startedAt: now,
    phases: options.phases.map((name) => ({ name, facts: {} })),
    ...(last ? { last } : {}),
    ...(before && !before.finishedAt ? { supersedes: before.id } : {}),
  };
}

/** The last rotation that ended. */
export function lastRotation(record: JournalRecord): LastRotation | undefined {
  const { id, startedAt, finishedAt } = record;
  return finishedAt ? { id, mode: record.mode, startedAt, finishedAt } : record.last;
}

/** The phase to run; nothing where the rotation has ended. */
export function currentPhase(record: JournalRecord): PhaseRecord | undefined {
  return record.phases.find(({ finishedAt }) => !finishedAt);
}

/** Who holds the journal at this time. */
export function leaseAt(record: JournalRecord, now: Date): Lease | undefined {
  return record.lease && record.lease.until > now ? record.lease : undefined;
}

/**
 * Takes or renews the lease.
 * @throws RotationLockError while another one holds it
 */
export function takeLease(record: JournalRecord, holder: string, now: Date, milliseconds: number): JournalRecord {
  const held = leaseAt(record, now);
  if (held && held.holder !== holder) {
    throw new RotationLockError(record.field, held.holder, held.until);
  }
  return { ...record, lease: { holder, until: new Date(now.getTime() + milliseconds) } };
}

/** Gives the lease back. */
export function releaseLease(record: JournalRecord): JournalRecord {
  return { ...record, lease: undefined };
}

/** Marks the beginning of a phase; a phase that began before keeps its time, and its wait is over. */
export function startPhase(record: JournalRecord, name: string, now: Date): JournalRecord {
  return changeCurrent(record, name, (phase) => ({ ...withoutWait(phase), startedAt: phase.startedAt ?? now }));
}

/** Adds facts to the running phase. */
export function rememberFacts(record: JournalRecord, name: string, facts: PhaseFacts): JournalRecord {
  return changeCurrent(record, name, (phase) => ({ ...phase, facts: { ...phase.facts, ...facts } }));
}

/** What a phase waits for. */
export type Pause = { readonly until: Date; readonly reason: string } | { readonly waitsFor: string };

/** Leaves a phase open, and gives the lease back. */
export function pausePhase(record: JournalRecord, name: string, pause: Pause): JournalRecord {
  const wait = 'waitsFor' in pause ? { waitsFor: pause.waitsFor } : { waitUntil: pause.until, reason: pause.reason };
  return releaseLease(changeCurrent(record, name, (phase) => ({ ...withoutWait(phase), ...wait })));
}

/** Ends a phase; the last one ends the rotation, and the lease with it. */
export function finishPhase(record: JournalRecord, name: string, facts: PhaseFacts, now: Date): JournalRecord {
  const finished = changeCurrent(record, name, (phase) => ({
    ...withoutWait(phase),
    facts: { ...phase.facts, ...facts },
    finishedAt: now,
  }));
  return currentPhase(finished) ? finished : releaseLease({ ...finished, finishedAt: now });
}

function withoutWait({ name, startedAt, facts }: PhaseRecord): PhaseRecord {
  return { name, startedAt, facts };
}

/** Only the first phase that is not finished changes: phases end in their order, and none ends twice. */
function changeCurrent(
  record: JournalRecord,
  name: string,
  change: (phase: PhaseRecord) => PhaseRecord,
): JournalRecord {
  const current = currentPhase(record);
  if (current?.name !== name) {
    throw new Error(`phase ${name} of ${record.field} is not the one to run, but ${current?.name ?? 'none'}`);
  }
  return { ...record, phases: record.phases.map((phase) => (phase === current ? change(phase) : phase)) };
}
