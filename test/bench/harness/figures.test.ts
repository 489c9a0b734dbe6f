import { isReached, outcomeOf, type Runs } from './figures';

const runs: Runs = new Map([
  [
    'ours',
    [
      { time: 2, memory: 50 },
      { time: 30, memory: 70 },
      { time: 4, memory: 60 },
    ],
  ],
  ['theirs', [{ time: 1 }, { time: 10 }]],
  ['ours, twice the size', [{ time: 4 }, { time: 60 }, { time: 8 }]],
]);

describe('outcomeOf', () => {
  it('divides within a round, and leaves out rounds that one side did not run', () => {
    expect(outcomeOf({ type: 'ratio', what: 'ours of theirs', of: 'ours', to: 'theirs', atMost: 3 }, runs)).toEqual({
      type: 'ratio',
      what: 'ours of theirs',
      measure: 'time',
      atMost: 3,
      ...{ median: 2.5, min: 2, max: 3 },
    });
  });

  it('fits growth within a round', () => {
    const points = [[1, 'ours'] as const, [2, 'ours, twice the size'] as const];
    const { median, min, max } = outcomeOf({ type: 'growth', what: 'growth', points }, runs);
    expect([median, min, max].map((value) => Number(value.toFixed(6)))).toEqual([1, 1, 1]);
  });

  it('takes a limit of one variant as it is', () => {
    const figure = { type: 'limit', what: 'memory', measure: 'memory', of: 'ours', atMost: 64 } as const;
    expect(outcomeOf(figure, runs)).toMatchObject({ median: 60, min: 50, max: 70 });
  });

  it('fails where a variant was not measured', () => {
    expect(() => outcomeOf({ type: 'ratio', what: 'ratio', of: 'ours', to: 'others' }, runs)).toThrow(
      'the figure "ratio" is about something that was not measured, got variant "others", allowed: ours, theirs, ours, twice the size',
    );
  });

  it('fails where a measure was not taken', () => {
    const figure = { type: 'ratio', what: 'ratio', measure: 'memory', of: 'ours', to: 'theirs' } as const;
    expect(() => outcomeOf(figure, runs)).toThrow('got measure "memory", allowed: time');
  });
});

describe('isReached', () => {
  const outcome = { type: 'ratio', what: '', measure: 'time', median: 1.1, min: 1, max: 2 } as const;

  it('compares the median with the goal', () => {
    expect([1, 1.1, 2].map((atMost) => isReached({ ...outcome, atMost }))).toEqual([false, true, true]);
  });

  it('holds without a goal', () => {
    expect(isReached(outcome)).toBe(true);
  });
});
