import { table } from '../../lib/cli/output';

describe('table', () => {
  it('aligns columns and leaves no space at the end of a line', () => {
    expect(
      table(
        ['NAME', 'STATE', ''],
        [
          ['backend', 'ready', ''],
          ['ml', 'not ready', 'a reason'],
        ],
      ),
    ).toBe('NAME     STATE\nbackend  ready\nml       not ready  a reason');
  });

  it('takes more rows than a call takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
    expect(table(['N'], rows).split('\n')).toHaveLength(rows.length + 1);
  });
});
