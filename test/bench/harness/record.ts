import type { Outcome } from './figures';
import { resultMarkdown } from './report';
import type { BenchmarkResult } from './run';

/** Name of a benchmark to what it found when it was recorded. */
export type Recorded = Readonly<Record<string, BenchmarkResult>>;

/** How much worse than recorded a figure may be: machines differ, and no machine is quiet. */
export const tolerance = 0.3;

/**
 * Compares figures with recorded ones, and limits, which are of one machine, with their goals.
 * @returns one line a figure that is worse
 */
export function compareWithRecorded(results: readonly BenchmarkResult[], recorded: Recorded): string[] {
  return results.flatMap(({ name, figures }) =>
    figures.flatMap((figure) => {
      const before = recorded[name]?.figures.find(({ what }) => what === figure.what);
      const problem = problemOf(figure, before);
      return problem === undefined ? [] : [`${name}, ${figure.what}: ${problem}`];
    }),
  );
}

function problemOf(figure: Outcome, before: Outcome | undefined): string | undefined {
  if (before === undefined) {
    return 'nothing is recorded to compare with, fix: npm run bench -- --record';
  }
  const bound = Math.max(before.median * (1 + tolerance), figure.atMost ?? 0);
  return figure.median <= bound
    ? undefined
    : `worse than recorded, got ${figure.median.toPrecision(3)}, recorded ${before.median.toPrecision(3)}, allowed: at most ${bound.toPrecision(3)}`;
}

/** Results take the place of what was recorded under their name. */
export function mergeRecorded(recorded: Recorded, results: readonly BenchmarkResult[]): Recorded {
  const merged = { ...recorded, ...Object.fromEntries(results.map((result) => [result.name, result])) };
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Puts recorded figures into a page, between `<!-- figures of NAME -->` and `<!-- end of figures -->`.
 * @throws Error if the page has no place for one of them
 */
export function withFigures(page: string, recorded: Recorded): string {
  return Object.values(recorded).reduce((text, result) => {
    const [begin, end] = [`<!-- figures of ${result.name} -->`, '<!-- end of figures -->'];
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) {
      throw new Error(
        `the page has no place for figures, got none of "${result.name}", fix: add "${begin}" and "${end}"`,
      );
    }
    return `${text.slice(0, from)}${begin}\n\n${resultMarkdown(result)}\n\n${text.slice(to)}`;
  }, page);
}
