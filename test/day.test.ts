import { dayOf, isDay } from '../lib/day';

describe('dayOf', () => {
  it('is the day in UTC', () => {
    expect(dayOf(new Date('2026-11-27T23:30:00-01:00'))).toBe('2026-11-28');
  });
});

describe('isDay', () => {
  it.each([
    ['2028-02-29', true],
    ['2027-02-29', false],
    ['2027-13-01', false],
    ['31.1.2027', false],
    ['2027-01-31T00:00:00Z', false],
  ])('%s: %s', (text, expected) => {
    expect(isDay(text)).toBe(expected);
  });
});
