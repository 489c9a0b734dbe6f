import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../lib/embedded/process-identity';
import { stopPlatform } from '../../lib/embedded/stop';
import { component, nodeFor, supervise } from './support/components';
import { temporaryFolder } from './support/temporary';

/** What a parent that was killed leaves behind: processes and a state file. */
describe('stopPlatform', () => {
  const folder = temporaryFolder();
  const components = [component('etcd', 'willing'), component('vault', 'willing')];

  it('stops what an earlier process started, once', async () => {
    const { supervisor, state } = supervise(folder(), components);
    await supervisor.start(nodeFor(components));
    expect(await stopPlatform(folder())).toBe(2);
    expect(Object.values(state.processes).map(isRunning)).toEqual([false, false]);
    expect(await stopPlatform(folder())).toBe(0);
  });

  it.each([
    ['is damaged', '{"pid":'],
    ['does not name them', '{"options":{"tokenCache":false,"workloads":"none"},"ports":{},"processes":{}}'],
  ])('stops them when the state file %s', async (_, text) => {
    const { supervisor, state, layout } = supervise(folder(), components);
    await supervisor.start(nodeFor(components));
    writeFileSync(layout.stateFile, text);
    expect(await stopPlatform(folder())).toBe(2);
    expect(Object.values(state.processes).map(isRunning)).toEqual([false, false]);
  });

  it('is fine where no platform ever was, and makes no folder', async () => {
    expect(await stopPlatform(join(folder(), 'none'))).toBe(0);
    expect(existsSync(join(folder(), 'none'))).toBe(false);
  });
});
