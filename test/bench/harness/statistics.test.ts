import fc from 'fast-check';
import { logLogSlope, spreadOf } from './statistics';

describe('spreadOf', () => {
  it('takes the middle of an odd number of values, whatever their order', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spreadOf([10, 1, 2, 4])).toEqual({ median: 3, min: 1, max: 10 });
  });

  it('has half of the values on either side of the median', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { median, min, max } = spreadOf(values);
        const half = values.length / 2;
        expect(values.filter((value) => value <= median).length).toBeGreaterThanOrEqual(half);
        expect(values.filter((value) => value >= median).length).toBeGreaterThanOrEqual(half);
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });

  it('fails without values', () => {
    expect(() => spreadOf([])).toThrow('a median of no values was asked for, allowed: one value or more');
  });
});

describe('logLogSlope', () => {
  const sizes = [100, 1000, 3000];

  it.each([0, 0.5, 1, 2])('finds the exponent %d', (exponent) => {
    expect(logLogSlope(sizes.map((size) => [size, 7 * size ** exponent]))).toBeCloseTo(exponent);
  });

  it('finds the best line through points that lie on none', () => {
    expect(logLogSlope([1, 10, 100].map((size, index) => [size, [1, 20, 100][index] ?? 0]))).toBeCloseTo(1);
  });

  it('fails for one size', () => {
    expect(() => logLogSlope([[100, 1]])).toThrow('allowed: two sizes or more');
  });

  it('fails for a time of nothing', () => {
    const points: [number, number][] = [
      [100, 0],
      [1000, 1],
    ];
    expect(() => logLogSlope(points)).toThrow('values of more than 0');
  });
});
