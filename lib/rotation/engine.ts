import { setTimeout as delay } from 'node:timers/promises';
import type { Environment, ExternalSecretsDelivery, FieldReference, Problem } from '../catalog';
import type { Progress } from '../reencryption';
import type { SecretValue } from '../values/secret-value';
import { CheckAndSetError, type KvEngine } from '../vault/kv';
import { RotationError } from './errors';
import { type Guard, GuardedKv, guardedDelivery } from './guarded';
import { HeldJournal, leaseMs, thisHolder } from './journal';
import { finishPhase, type JournalRecord, type Pause, pausePhase, rememberFacts, startPhase } from './journal-state';
import { planRotation, type RotationPlan } from './plan';
import type { PhaseFacts, RotationContext, RotationMode, RotationPhase, RotationStrategy } from './strategy';
import type { ValueDelivery } from './value-delivery';

/** Everything that rotations of one environment need. */
export interface RotationServices {
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly kv: KvEngine;
  /** Makes the delivery, which writes to Vault through the engine that it is given, and asks the guard before the rest. */
  readonly delivery: (kv: KvEngine, report: (line: string) => void, guard: Guard) => ValueDelivery;
  readonly report: (line: string) => void;
  /** Folder that files named in the catalog, such as `targets` of a keyring, begin at. @default - the current folder */
  readonly projectFolder?: string;
  /** Shows how far a re-encryption is. @default - a line to `report` now and then */
  readonly reencryptionProgress?: () => Progress;
  /** @default - the system's clock */
  readonly clock?: Clock;
  /** Name of this run, for others that find its lease. @default - host, process and start */
  readonly holder?: string;
  /** Milliseconds. @default 60_000 */
  readonly leaseMs?: number;
}

/** Time, which tests make themselves. */
export interface Clock {
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
}

const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds) => {
    await delay(milliseconds);
  },
};

/** What is to be rotated, and how. */
export interface RotationRequest {
  readonly field: FieldReference;
  readonly strategy: RotationStrategy;
  /** @default 'overlap', or that of the rotation that has begun */
  readonly mode?: RotationMode | undefined;
  /** A value from outside. */
  readonly entered?: SecretValue | undefined;
  /** Why an entered value is refused. */
  readonly refuse?: ((value: SecretValue) => string | undefined) | undefined;
  /** What a person says was done outside. */
  readonly evidence?: string | undefined;
  /** Longest wait that is waited out, in milliseconds. @default 0 */
  readonly longestWaitMs?: number | undefined;
}

/** How a run ended: the rotation is complete, or goes on later. */
export interface RotationOutcome {
  readonly field: string;
  readonly id: string;
  readonly mode: RotationMode;
  readonly strategy: string;
  /** Phases that this run has ended. */
  readonly ran: readonly string[];
  readonly done: boolean;
  /** What it waits for, where it is not complete. */
  readonly pause?: Pause;
}

/** Rotates fields: plan, check everything, then act in phases, each in the journal before and after. */
export class RotationEngine {
  readonly #clock: Clock;
  readonly #leaseMs: number;

  constructor(private readonly services: RotationServices) {
    this.#clock = services.clock ?? systemClock;
    this.#leaseMs = services.leaseMs ?? leaseMs;
  }

  /**
   * What {@link rotate} would do. Changes nothing.
   * @throws RotationLockError while another run is at work
   */
  async plan({ field, strategy, mode, evidence }: RotationRequest): Promise<RotationPlan> {
    const { environment, kv } = this.services;
    const now = this.#clock.now();
    return await planRotation({ environment, kv, field, strategy, mode, hasEvidence: evidence !== undefined, now });
  }

  /** Everything that would keep a rotation from ending well. Changes nothing. */
  async check(request: RotationRequest, plan: RotationPlan): Promise<Problem[]> {
    const guard: Guard = async () => {
      await Promise.reject(new Error('a check changes nothing'));
    };
    const context = this.contextOf(request, () => plan.record, {
      guard,
      remember: async () => {
        await guard();
      },
    });
    return [...checkTakes(request), ...(await request.strategy.check(context))];
  }

  /**
   * Runs a rotation from where its journal says it stands, up to its end or to something that it must wait for.
   * {@link check} comes first; what it finds is for the caller to act on.
   * @param plan what was shown and agreed to; nothing happens if the journal has changed since
   * @throws RotationLockError when another run is at work or has taken over
   */
  async rotate(request: RotationRequest, plan: RotationPlan): Promise<RotationOutcome> {
    const { id, mode } = plan.record;
    const ran: string[] = [];
    const outcome = { field: plan.field, id, mode, strategy: request.strategy.name, ran };
    for (let current = plan; ;) {
      const pause = current.pause ?? (await this.runPhases(request, current, ran));
      if (!pause) {
        return { ...outcome, done: true };
      }
      if (!(await this.waitOut(pause, request.longestWaitMs ?? 0))) {
        return { ...outcome, done: false, pause };
      }
      current = await this.plan({ ...request, mode });
      if (current.record.id !== id) {
        // Another run has ended it while this one waited.
        return { ...outcome, done: true };
      }
    }
  }

  private async waitOut(pause: Pause, longestMs: number): Promise<boolean> {
    const left = 'until' in pause ? pause.until.getTime() - this.#clock.now().getTime() : Infinity;
    if (left > longestMs) {
      return false;
    }
    await this.#clock.sleep(Math.max(left, 0));
    return true;
  }

  /** Runs phases until the rotation is complete (nothing) or must wait. */
  private async runPhases(request: RotationRequest, plan: RotationPlan, ran: string[]): Promise<Pause | undefined> {
    const journal = await this.take(request, plan);
    try {
      for (const phase of plan.phases) {
        const pause = await this.runPhase(request, journal, phase);
        if (pause) {
          return pause;
        }
        ran.push(phase.name);
      }
      return undefined;
    } finally {
      await journal.close();
    }
  }

  private async take(request: RotationRequest, { journal, record }: RotationPlan): Promise<HeldJournal> {
    const holder = this.services.holder ?? thisHolder();
    const { kv } = this.services;
    const options = { kv, field: request.field, from: journal, record, holder };
    try {
      return await HeldJournal.take({ ...options, leaseMs: this.#leaseMs, now: () => this.#clock.now() });
    } catch (error) {
      if (error instanceof CheckAndSetError) {
        // Another run was faster. Where it is still at work, planning again says which.
        await this.plan(request);
        throw new RotationError(
          `the journal of ${request.field.id} has changed since it was read`,
          'look at "nivesh-secrets rotate --status", then decide again',
        );
      }
      throw error;
    }
  }

  private async runPhase(
    request: RotationRequest,
    journal: HeldJournal,
    phase: RotationPhase,
  ): Promise<Pause | undefined> {
    const { field } = request;
    const now = (): Date => this.#clock.now();
    await journal.update((record) => startPhase(record, phase.name, now()));
    this.services.report(`${field.id}: ${phase.name}: ${phase.summary}`);
    const context = this.contextOf(request, () => journal.record, {
      guard: async () => {
        await journal.verify();
      },
      remember: async (facts) => {
        await journal.update((record) => rememberFacts(record, phase.name, facts));
      },
    });
    const result = await phase.run(context);
    if (result.done) {
      await journal.update((record) => finishPhase(record, phase.name, result.facts ?? {}, now()));
      return undefined;
    }
    const pause: Pause =
      'waitsFor' in result ? { waitsFor: result.waitsFor } : { until: result.until, reason: result.reason };
    await journal.update((record) => pausePhase(record, phase.name, pause));
    return pause;
  }

  private contextOf(
    request: RotationRequest,
    record: () => JournalRecord,
    { guard, remember }: { readonly guard: Guard; readonly remember: (facts: PhaseFacts) => Promise<void> },
  ): RotationContext {
    const { environment, report, projectFolder, reencryptionProgress } = this.services;
    const kv = new GuardedKv(this.services.kv, guard);
    const { id, mode } = record();
    const { entered, refuse, evidence } = request;
    return {
      environment,
      field: request.field,
      mode,
      id,
      kv,
      delivery: guardedDelivery(this.services.delivery(kv, report, guard), guard, record()),
      factsOf: (phase) => record().phases.find(({ name }) => name === phase)?.facts ?? {},
      remember,
      report,
      now: () => this.#clock.now(),
      sleep: async (milliseconds) => {
        await this.#clock.sleep(milliseconds);
      },
      ...(entered ? { entered } : {}),
      ...(refuse ? { refuse } : {}),
      ...(evidence === undefined ? {} : { evidence }),
      ...(projectFolder === undefined ? {} : { projectFolder }),
      ...(reencryptionProgress ? { reencryptionProgress } : {}),
    };
  }
}

/** What was handed in though the strategy has no use for it. */
function checkTakes({ field, strategy, entered, evidence }: RotationRequest): Problem[] {
  const takes = strategy.takes ?? [];
  const given = [...(entered ? (['value'] as const) : []), ...(evidence === undefined ? [] : (['evidence'] as const))];
  return given
    .filter((kind) => !takes.includes(kind))
    .map((kind) => ({
      path: field.id,
      what: `rotation by ${strategy.name} takes no ${kind} from outside`,
      got: kind === 'value' ? '--input' : '--evidence',
      allowed: takes.join(' and ') || 'neither a value nor evidence: it makes its values and its proofs itself',
      fix: 'leave it out',
    }));
}
