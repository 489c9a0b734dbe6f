import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { answers, ctrArguments, parseTasks } from '../../../lib/embedded/pods/ctr';
import { podsLayout } from '../../../lib/embedded/pods/layout';
import { end, findStrays } from '../../../lib/embedded/process';
import { until } from '../support/child';
import { temporaryFolder } from '../support/temporary';

const folder = temporaryFolder();

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

test('is found by its platform while it runs, so that it ends with it where its parent was killed', async () => {
  const { PATH } = process.env;
  const program = join(folder(), 'ctr');
  writeFileSync(program, '#!/bin/sh\nexec sleep 60\n');
  chmodSync(program, 0o755);
  process.env.PATH = [folder(), PATH].join(delimiter);
  const answered = answers(podsLayout(folder()));
  process.env.PATH = PATH;
  await until(() => findStrays(folder()).length === 1);
  await Promise.all(
    findStrays(folder()).map(async (stray) => {
      await end(stray);
    }),
  );
  expect(await answered).toBe(false);
});
