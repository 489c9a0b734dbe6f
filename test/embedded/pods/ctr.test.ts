import { ctrArguments, parseTasks } from '../../../lib/embedded/pods/ctr';
import { podsLayout } from '../../../lib/embedded/pods/layout';

test('speaks to the containerd of the platform only', () => {
  expect(ctrArguments(podsLayout('/platform'), 'tasks', 'list')).toEqual([
    '--address',
    '/platform/pods/containerd.sock',
    '--namespace',
    'k8s.io',
    'tasks',
    'list',
  ]);
});

test('reads which containers run', () => {
  const table = [
    'TASK                PID      STATUS    ',
    'd661a1958625b9ea    15533    RUNNING',
    '97c55fbe2b423ed7    15532    STOPPED',
    '',
  ].join('\n');
  expect(parseTasks(table)).toEqual(new Map([['d661a1958625b9ea', 15533]]));
  expect(parseTasks('')).toEqual(new Map());
});
