import fc from 'fast-check';
import { DeclarationError, durationSeconds, goDuration, isDuration } from '../../lib/catalog';

/** Reads what Go prints, for durations of whole seconds. */
function goSeconds(text: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = /^(?:(\d+)h)?(?:(\d+)m)?(\d+)s$/.exec(text) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

describe('durationSeconds', () => {
  it.each([
    ['45s', 45],
    ['15m', 900],
    ['1h30m', 5400],
    ['31d', 2_678_400],
    ['1d1h1m1s', 90_061],
    ['90m', 5400],
  ])('reads %s', (text, seconds) => {
    expect(durationSeconds(text)).toBe(seconds);
  });

  it.each(['', '0s', '0d0h', '1', 'h', '1w', '-1h', '1.5h', '1m1h', '1h 30m', '1H', '१h', ' 1h', '1h\n'])(
    'fails for %j',
    (text) => {
      expect(isDuration(text)).toBe(false);
      expect(() => durationSeconds(text)).toThrow(DeclarationError);
    },
  );

  it('says what is allowed', () => {
    expect(() => durationSeconds('1.5h')).toThrowErrorMatchingInlineSnapshot(`
     "duration "1.5h" has 1 problem
       duration: not a length of time, got "1.5h", allowed: whole numbers of d, h, m, s in that order, such as "15m", "1h30m", "31d", fix: write a number directly before each unit; for "never" leave the option out"
    `);
  });
});

describe('goDuration', () => {
  it.each([
    ['1h', '1h0m0s'],
    ['15m', '15m0s'],
    ['90m', '1h30m0s'],
    ['45s', '45s'],
    ['2d', '48h0m0s'],
  ])('writes %s as %s', (text, canonical) => {
    expect(goDuration(text)).toBe(canonical);
  });

  it('keeps the length and is its own canonical form', () => {
    const part = (unit: string): fc.Arbitrary<string> => fc.option(fc.nat(1000), { nil: 0 }).map((n) => `${n}${unit}`);
    const durations = fc
      .tuple(part('d'), part('h'), part('m'), part('s'))
      .map((parts) => parts.join(''))
      .filter(isDuration);
    fc.assert(
      fc.property(durations, (duration) => {
        const canonical = goDuration(duration);
        expect(goSeconds(canonical)).toBe(durationSeconds(duration));
        expect(goDuration(canonical)).toBe(canonical);
      }),
    );
  });
});
