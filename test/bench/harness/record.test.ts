import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-root';
import { aResult } from './fixture';
import { compareWithRecorded, mergeRecorded, type Recorded, withFigures } from './record';

const recorded: Recorded = { sorting: aResult(0.6) };

describe('compareWithRecorded', () => {
  it('lets a figure be a little worse than recorded', () => {
    expect(compareWithRecorded([aResult(0.77)], recorded)).toEqual([]);
  });

  it('lets a figure be anything up to its goal', () => {
    expect(compareWithRecorded([aResult(0.5)], { sorting: aResult(0.1) })).toEqual([]);
  });

  it('fails a figure that is worse', () => {
    expect(compareWithRecorded([aResult(0.79)], recorded)).toEqual([
      'sorting, ours of theirs: worse than recorded, got 0.790, recorded 0.600, allowed: at most 0.780',
    ]);
  });

  it('fails a figure that is not recorded', () => {
    const [first] = compareWithRecorded([aResult(0.1)], {});
    expect(first).toBe('sorting, ours of theirs: nothing is recorded to compare with, fix: npm run bench -- --record');
  });
});

describe('mergeRecorded', () => {
  it('replaces what ran, keeps what did not, and sorts by name', () => {
    const merged = mergeRecorded({ sorting: aResult(1), adding: aResult(2, 'adding') }, [aResult(3)]);
    expect(Object.entries(merged).map(([name, { figures }]) => [name, figures[0]?.median])).toEqual([
      ['adding', 2],
      ['sorting', 3],
    ]);
  });
});

describe('withFigures', () => {
  const page = 'Before\n\n<!-- figures of sorting -->\n\nold\n\n<!-- end of figures -->\n\nAfter\n';

  it('replaces the figures of a benchmark and nothing else', () => {
    const text = withFigures(page, recorded);
    expect(text).toMatch(/^Before\n\n<!-- figures of sorting -->\n\nAbacus, /);
    expect(text).toMatch(/\|\n\n<!-- end of figures -->\n\nAfter\n$/);
    expect(text).not.toContain('old');
    expect(withFigures(text, recorded)).toBe(text);
  });

  it('fails where the page has no place for them', () => {
    expect(() => withFigures('', recorded)).toThrow('got none of "sorting"');
  });
});

describe('docs/benchmarks.md', () => {
  it('shows the recorded figures', () => {
    const file = (name: string): string => readFileSync(join(packageRoot(), name), 'utf8');
    const page = file('docs/benchmarks.md');
    expect(withFigures(page, JSON.parse(file('test/bench/recorded.json')) as Recorded)).toBe(page);
  });
});
