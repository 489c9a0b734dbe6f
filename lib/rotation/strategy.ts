import type { Environment, ExternalSecretsDelivery, FieldReference, Problem, Rotation } from '../catalog';
import type { Progress } from '../reencryption';
import type { SecretValue } from '../values/secret-value';
import type { KvEngine } from '../vault/kv';
import type { ValueDelivery } from './value-delivery';

/**
 * How a rotation treats the old value: `overlap` keeps it usable until nothing uses it, `revoke-now` is for a leaked one
 * and skips every wait.
 */
export type RotationMode = 'overlap' | 'revoke-now';

/** What a phase remembers for the next run: versions, names, counts, times. Never a value. */
export type PhaseFacts = Readonly<Record<string, string | number | boolean>>;

/** One rotation of one field, as its phases see it. */
export interface RotationContext<R extends Rotation = Rotation> {
  readonly environment: Environment<ExternalSecretsDelivery>;
  readonly field: FieldReference<R>;
  readonly mode: RotationMode;
  /** Of this rotation; the same in every run that resumes it. */
  readonly id: string;
  readonly kv: KvEngine;
  readonly delivery: ValueDelivery;
  /** Facts of a phase of this rotation, those that {@link remember} wrote before a crash included. */
  factsOf(phase: string): PhaseFacts;
  /**
   * Writes facts of the running phase to the journal before the phase goes on, for what must not be forgotten in a crash.
   * @throws RotationLockError when another run has taken over meanwhile; nothing may be changed then
   */
  remember(facts: PhaseFacts): Promise<void>;
  /** A line for the person who waits. Never a value. */
  report(line: string): void;
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
  /** A value from outside, where the strategy takes one. */
  readonly entered?: SecretValue;
  /** Why an entered value is refused here, for example because it stands in an example file. Never shows it. */
  readonly refuse?: (value: SecretValue) => string | undefined;
  /** What a person says was done outside, for strategies that ask for it. */
  readonly evidence?: string;
  /** See `RotationServices`. */
  readonly projectFolder?: string;
  /** See `RotationServices`. */
  readonly reencryptionProgress?: () => Progress;
}

/** What came of a phase. */
export type PhaseResult =
  | { readonly done: true; readonly facts?: PhaseFacts }
  /** Not yet: run it again at this time. The journal keeps the phase open and the lock is given back. */
  | { readonly done: false; readonly until: Date; readonly reason: string }
  /** Not before a person did something outside and said so with `--evidence`. */
  | { readonly done: false; readonly waitsFor: string };

/** One step of a rotation that the journal records. */
export interface RotationPhase<R extends Rotation = Rotation> {
  /** One lower-case word: `accept`. */
  readonly name: string;
  /** What it does, for `--plan`, as in "write the new value beside the old one". */
  readonly summary: string;
  /** May be killed at any point and is then run again from its beginning, so every step of it is idempotent. */
  run(context: RotationContext<R>): Promise<PhaseResult>;
}

/** How fields of one kind are rotated. */
export interface RotationStrategy<R extends Rotation = Rotation> {
  readonly name: R['strategy'];
  /** What a person may hand in. @default - nothing */
  readonly takes?: readonly ('value' | 'evidence')[];
  /** The phases of a rotation, in their order. */
  phases(mode: RotationMode, rotation: R): readonly RotationPhase<R>[];
  /**
   * Everything that can be known before anything is changed: rights, servers, users, rollouts. Reads only, reports all.
   */
  check(context: RotationContext<R>): Promise<Problem[]>;
  /** What stops working in the mode `revoke-now`, one sentence each. */
  breaks(rotation: R): readonly string[];
}
