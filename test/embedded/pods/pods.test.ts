import { parseContainerLog } from '../../../lib/embedded/pods/pods';

test('joins the parts of a long line, of either stream', () => {
  const log = [
    '2026-11-23T22:40:27.14738549Z stdout F started',
    '2026-11-23T22:40:27.2Z stderr P half a ',
    '2026-11-23T22:40:27.3Z stderr F line',
    '2026-11-23T22:40:27.4Z stdout F ',
    '2026-11-23T22:40:27.5Z stdout F   two  spaces',
    '',
  ].join('\n');
  expect(parseContainerLog(log)).toEqual(['started', 'half a line', '', '  two  spaces']);
});

test('shows a part whose end is not written yet', () => {
  expect(parseContainerLog('2026-11-23T22:40:27.2Z stderr P half a ')).toEqual(['half a ']);
});
