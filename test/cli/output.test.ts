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
});
