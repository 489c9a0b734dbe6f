import type { FieldReference, Problem, Rotation } from '../../../lib/catalog';
import type {
  PhaseFacts,
  PhaseResult,
  RotationContext,
  RotationMode,
  RotationPhase,
  RotationStrategy,
} from '../../../lib/rotation/strategy';
import type { PublishedVersion, ValueDelivery } from '../../../lib/rotation/value-delivery';
import type { MemoryKv } from '../../support/memory-kv';

export interface RotationRunOptions<R extends Rotation> {
  readonly strategy: RotationStrategy<R>;
  readonly field: FieldReference<R>;
  readonly kv: MemoryKv;
  readonly deliver: (published: PublishedVersion) => Promise<void>;
  readonly mode?: RotationMode;
  /** Counts deliveries and writes to the journal too. */
  readonly kill?: KillPoint;
}

/** One rotation and its journal in memory: phases run in order, each again until it is done, whatever it throws. */
export class RotationRun<R extends Rotation> {
  readonly facts = new Map<string, PhaseFacts>();
  readonly reports: string[] = [];
  readonly phases: readonly RotationPhase<R>[];
  #done = 0;
  #now = Date.parse('2026-11-26T12:00:00Z');

  constructor(readonly options: RotationRunOptions<R>) {
    this.phases = options.strategy.phases(options.mode ?? 'overlap', options.field.declaration.rotation);
  }

  get finished(): boolean {
    return this.#done === this.phases.length;
  }

  /** Name of the phase to run next. */
  get next(): string | undefined {
    return this.phases[this.#done]?.name;
  }

  async check(): Promise<Problem[]> {
    return await this.options.strategy.check(this.#context('check'));
  }

  /** Runs phases to the end, or to the first that is not done. */
  async run(until?: string): Promise<PhaseResult | undefined> {
    for (;;) {
      const phase = this.phases[this.#done];
      if (!phase || phase.name === until) {
        return undefined;
      }
      const result = await phase.run(this.#context(phase.name));
      if (!result.done) {
        return result;
      }
      this.#write(phase.name, result.facts ?? {});
      this.#done += 1;
    }
  }

  /** Runs to the end, or until it is killed after a step, and says whether it was. */
  async isKilled(at: number): Promise<boolean> {
    this.options.kill?.arm(at);
    try {
      await this.run();
      return false;
    } catch (error) {
      expect(String(error)).toContain(`crash at step ${at}`);
      return true;
    } finally {
      this.options.kill?.arm(Infinity);
    }
  }

  async #deliver(published: PublishedVersion): Promise<void> {
    this.options.kill?.before();
    await this.options.deliver(published);
    this.options.kill?.after();
  }

  #write(phase: string, facts: PhaseFacts): void {
    this.options.kill?.before();
    this.facts.set(phase, { ...this.facts.get(phase), ...facts });
    this.options.kill?.after();
  }

  #context(phase: string): RotationContext<R> {
    const { field, kv, mode = 'overlap' } = this.options;
    const delivery: ValueDelivery = {
      check: () => Promise.resolve([]),
      deliver: async (published) => {
        await this.#deliver(published);
      },
    };
    return {
      environment: { name: 'test' } as RotationContext['environment'],
      ...{ field, mode, delivery, id: '20261126-1', kv: kv.engine },
      factsOf: (name) => this.facts.get(name) ?? {},
      remember: (facts) => {
        this.#write(phase, facts);
        return Promise.resolve();
      },
      report: (line) => this.reports.push(line),
      now: () => new Date(this.#now),
      // The clock runs a thousand times faster, so that patience ends, and servers still get a moment.
      sleep: async (milliseconds) => {
        this.#now += milliseconds;
        await new Promise((resolve) => setTimeout(resolve, Math.max(milliseconds / 1000, 20)));
      },
    };
  }
}

/** What a killed process does: nothing more, not even cleaning up. */
class Crash extends Error {
  constructor(step: number) {
    super(`crash at step ${step}`);
    this.name = 'Crash';
  }
}

/** Kills the rotation after a step, such as a statement or a write to Vault: nothing has an effect any more. */
export class KillPoint {
  steps = 0;
  at = Infinity;

  /** Begins to count anew. */
  arm(at: number): void {
    this.steps = 0;
    this.at = at;
  }

  /** A process that was killed does nothing. */
  readonly before = (): void => {
    if (this.steps >= this.at) {
      throw new Crash(this.at);
    }
  };

  readonly after = (): void => {
    this.steps += 1;
    this.before();
  };
}

/** How many steps a rotation can be killed after: tries the first, the second, until one is not reached. */
export async function countKills(isKilled: (at: number) => Promise<boolean>): Promise<number> {
  let kills = 0;
  while (await isKilled(kills + 1)) {
    kills += 1;
  }
  return kills;
}
