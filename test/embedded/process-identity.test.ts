import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identify, isRunning } from '../../lib/embedded/process-identity';

describe('a process identity', () => {
  it('holds while the process runs, and not after', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = identify(child.pid ?? 0);
    expect(identity && isRunning(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(identity && isRunning(identity)).toBe(false);
  });

  it('is not that of a later process with the same number', () => {
    const own = identify(process.pid);
    expect(own?.pid).toBe(process.pid);
    expect(isRunning({ pid: process.pid, startTime: 'earlier' })).toBe(false);
  });

  it('differs between processes that start one after the other', async () => {
    const first = spawn('sleep', ['60']);
    await once(first, 'spawn');
    await new Promise((resolve) => setTimeout(resolve, 30));
    const second = spawn('sleep', ['60']);
    await once(second, 'spawn');
    expect(identify(first.pid ?? 0)?.startTime).not.toBe(identify(second.pid ?? 0)?.startTime);
    first.kill('SIGKILL');
    second.kill('SIGKILL');
  });

  it('is nothing where no process is', () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined();
  });
});
