import type { BenchmarkResult } from './run';

/** What a benchmark might have found. */
export function aResult(median: number, name = 'sorting'): BenchmarkResult {
  return {
    name,
    title: 'sorting beside not sorting',
    machine: { processor: 'Abacus', cores: 2, memory: 4, node: 'v20.0.0', loadBefore: 0.5 },
    seconds: 12,
    units: { swaps: '' },
    variants: [
      {
        name: 'ours',
        runs: 3,
        measures: {
          time: { median: 0.0123456, min: 0.01, max: 0.02 },
          swaps: { median: 12345, min: 12345, max: 12345 },
        },
      },
      { name: 'theirs', runs: 1, measures: { time: { median: 3, min: 3, max: 3 } } },
    ],
    figures: [
      { type: 'ratio', what: 'ours of theirs', measure: 'time', atMost: 0.5, median, min: median / 2, max: 7 },
      { type: 'limit', what: 'time', measure: 'time', atMost: 1, median: 2, min: 2, max: 2 },
      { type: 'growth', what: 'growth', measure: 'time', median: 1, min: 1, max: 1 },
    ],
  };
}
