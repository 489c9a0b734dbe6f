import type { Benchmark, Measures, Variant } from './benchmark';
import { type Outcome, outcomeOf } from './figures';
import { type Machine, machineNow } from './machine';
import { type Spread, spreadOf } from './statistics';

/** What a variant took. */
export interface VariantResult {
  readonly name: string;
  /** How many runs were measured. */
  readonly runs: number;
  readonly measures: Readonly<Record<string, Spread>>;
}

/** What one benchmark found. */
export interface BenchmarkResult {
  readonly name: string;
  readonly title: string;
  readonly machine: Machine;
  /** How long all of it took, with preparation, in seconds. */
  readonly seconds: number;
  readonly units: Readonly<Record<string, string>>;
  readonly variants: readonly VariantResult[];
  readonly figures: readonly Outcome[];
}

/**
 * Runs a benchmark: after the warm-up every variant in turn, round after round, so that what else the machine does
 * weighs on each of them alike.
 * @param progress gets one line a round
 */
export async function runBenchmark(benchmark: Benchmark, progress: (line: string) => void): Promise<BenchmarkResult> {
  const machine = machineNow();
  const since = performance.now();
  const { name, title, rounds, warmUp = 1, units = {} } = benchmark;
  progress(`${name}: preparing`);
  const { variants, figures, close } = await benchmark.prepare();
  try {
    const runs = new Map<string, Measures[]>(variants.map((variant) => [variant.name, []]));
    for (let round = -warmUp; round < rounds; round++) {
      progress(`${name}: ${round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`}`);
      for (const variant of variants.filter((one) => runsInRound(one, round))) {
        const measures = await variant.run();
        if (round >= 0) {
          runs.get(variant.name)?.push(measures);
        }
      }
    }
    return {
      ...{ name, title, machine, units },
      seconds: Math.round((performance.now() - since) / 1000),
      variants: [...runs].map(([variant, measured]) => resultOf(variant, measured)),
      figures: figures.map((figure) => outcomeOf(figure, runs)),
    };
  } finally {
    await close?.();
  }
}

function runsInRound({ rounds }: Variant, round: number): boolean {
  return rounds === undefined || (round >= 0 && round < rounds);
}

function resultOf(name: string, runs: readonly Measures[]): VariantResult {
  const measures = Object.keys(runs[0] ?? {}).map((measure): [string, Spread] => [
    measure,
    spreadOf(runs.map((run) => run[measure] ?? NaN)),
  ]);
  return { name, runs: runs.length, measures: Object.fromEntries(measures) };
}
