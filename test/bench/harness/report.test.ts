import { aResult } from './fixture';
import { resultMarkdown, resultText } from './report';

describe('resultText', () => {
  it('has the machine, what was measured, and what became of the goals', () => {
    expect(resultText(aResult(0.25))).toMatchInlineSnapshot(`
     "sorting: sorting beside not sorting
     Abacus, 2 cores, 4 GB, Node 20.0.0, load before 0.5 a core; 12 s in all

     VARIANT  RUNS  TIME                SWAPS
     ours     3     12.3 ms (10 to 20)  12,345
     theirs   1     3 s

     FIGURE          MEASURED             GOAL           REACHED
     ours of theirs  0.25 x (0.125 to 7)  at most 0.5 x  yes
     time            2 s                  at most 1 s    no
     growth          1
     "
    `);
  });

  it('writes a small ratio as a fraction', () => {
    expect(resultText(aResult(0.00597))).toContain('1/168 (1/335 to 1/0.143)');
  });
});

describe('resultMarkdown', () => {
  it('has the same in tables of a page', () => {
    expect(resultMarkdown(aResult(0.25))).toMatchInlineSnapshot(`
     "Abacus, 2 cores, 4 GB, Node 20.0.0, load before 0.5 a core; 12 s in all.

     | variant | runs | time               | swaps  |
     | ------- | ---- | ------------------ | ------ |
     | ours    | 3    | 12.3 ms (10 to 20) | 12,345 |
     | theirs  | 1    | 3 s                |        |

     | figure         | measured            | goal          | reached |
     | -------------- | ------------------- | ------------- | ------- |
     | ours of theirs | 0.25 x (0.125 to 7) | at most 0.5 x | yes     |
     | time           | 2 s                 | at most 1 s   | no      |
     | growth         | 1                   |               |         |"
    `);
  });
});
