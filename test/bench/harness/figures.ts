import type { Figure, Measures } from './benchmark';
import { logLogSlope, type Spread, spreadOf } from './statistics';

/** Name of a variant to its runs, in the order of the rounds. */
export type Runs = ReadonlyMap<string, readonly Measures[]>;

/** A figure with what was measured for it. */
export interface Outcome extends Spread {
  readonly what: string;
  readonly type: Figure['type'];
  readonly measure: string;
  /** The goal. @default - none */
  readonly atMost?: number;
}

/** Whether a figure reached its goal; one without a goal has nothing to reach. */
export function isReached({ median, atMost }: Outcome): boolean {
  return atMost === undefined || median <= atMost;
}

/**
 * Works a figure out, round by round: what else a machine does in a round weighs on both sides of it.
 * @throws Error if a variant or a measure of the figure does not exist
 */
export function outcomeOf(figure: Figure, runs: Runs): Outcome {
  const { what, type, measure = 'time', atMost } = figure;
  return { what, type, measure, ...(atMost === undefined ? {} : { atMost }), ...spreadOf(valuesOf(figure, runs)) };
}

function valuesOf(figure: Figure, runs: Runs): number[] {
  const measured = (variant: string): number[] => measurementsOf(variant, figure, runs);
  switch (figure.type) {
    case 'limit':
      return measured(figure.of);
    case 'ratio': {
      const to = measured(figure.to);
      return measured(figure.of).flatMap((value, round) => (round < to.length ? [value / (to[round] ?? NaN)] : []));
    }
    case 'growth': {
      const points = figure.points.map(([size, variant]) => ({ size, values: measured(variant) }));
      const rounds = Math.min(...points.map(({ values }) => values.length));
      return Array.from({ length: rounds }, (_, round) =>
        logLogSlope(points.map(({ size, values }) => [size, values[round] ?? NaN])),
      );
    }
  }
}

function measurementsOf(variant: string, { what, measure = 'time' }: Figure, runs: Runs): number[] {
  return (runs.get(variant) ?? []).length === 0
    ? missing(what, `variant "${variant}"`, [...runs.keys()])
    : (runs.get(variant) ?? []).map(
        (measures) => measures[measure] ?? missing(what, `measure "${measure}"`, Object.keys(measures)),
      );
}

function missing(what: string, got: string, allowed: readonly string[]): never {
  throw new Error(
    `the figure "${what}" is about something that was not measured, got ${got}, allowed: ${allowed.join(', ')}`,
  );
}
