import type { Benchmark, Variant } from './benchmark';
import { runBenchmark } from './run';

function recording(variants: readonly Pick<Variant, 'name' | 'rounds'>[], log: string[]): Benchmark {
  return {
    name: 'recording',
    title: 'which variant runs when',
    rounds: 3,
    prepare: () => ({
      variants: variants.map((variant) => ({
        ...variant,
        run: () => {
          log.push(variant.name);
          return { time: log.length };
        },
      })),
      figures: [{ type: 'ratio', what: 'a of b', of: 'a', to: 'b' }],
      close: () => {
        log.push('closed');
      },
    }),
  };
}

describe('runBenchmark', () => {
  it('runs variants in turn, and measures nothing before it is warm', async () => {
    const log: string[] = [];
    const result = await runBenchmark(recording([{ name: 'a' }, { name: 'b' }], log), () => undefined);
    expect(log.join(' ')).toBe('a b a b a b a b closed');
    expect(result.variants).toEqual([
      { name: 'a', runs: 3, measures: { time: { median: 5, min: 3, max: 7 } } },
      { name: 'b', runs: 3, measures: { time: { median: 6, min: 4, max: 8 } } },
    ]);
    expect(result.figures[0]?.median).toBe(5 / 6);
  });

  it('runs a slow variant only as often as it says', async () => {
    const log: string[] = [];
    await runBenchmark(recording([{ name: 'a' }, { name: 'b', rounds: 1 }], log), () => undefined);
    expect(log.join(' ')).toBe('a a b a a closed');
  });

  it('takes away what was made where a variant fails', async () => {
    const log: string[] = [];
    const benchmark: Benchmark = {
      ...recording([], log),
      prepare: async () => ({
        ...(await recording([], log).prepare()),
        variants: [{ name: 'a', run: () => Promise.reject(new Error('the result is wrong')) }],
      }),
    };
    await expect(runBenchmark(benchmark, () => undefined)).rejects.toThrow('the result is wrong');
    expect(log).toEqual(['closed']);
  });
});
