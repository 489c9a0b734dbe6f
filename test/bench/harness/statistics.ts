/** The middle of several measurements, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Median, least and greatest value.
 * @throws RangeError where there is none
 */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) {
    throw new RangeError('a median of no values was asked for, allowed: one value or more');
  }
  const half = sorted.length / 2;
  const [lower = min, upper = max] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return { median: (lower + upper) / 2, min, max };
}

/**
 * Slope of the line through the logarithms of the points, by least squares: 1 where y grows as x, 2 where it grows as x
 * squared.
 * @throws RangeError for fewer than two sizes, and for values that have no logarithm
 */
export function logLogSlope(points: readonly (readonly [x: number, y: number])[]): number {
  if (new Set(points.map(([x]) => x)).size < 2 || points.flat().some((value) => !(value > 0))) {
    throw new RangeError(
      `a slope of ${JSON.stringify(points)} was asked for, allowed: two sizes or more, values of more than 0`,
    );
  }
  const logarithms = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (axis: 0 | 1): number => logarithms.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logarithms.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logarithms.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
