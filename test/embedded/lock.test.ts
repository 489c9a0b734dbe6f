import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withLock } from '../../lib/embedded/lock';
import { identify } from '../../lib/embedded/process-identity';
import { temporaryFolder } from './support/temporary';

describe('withLock', () => {
  const folder = temporaryFolder();
  const file = (): string => join(folder(), 'lock');

  it('lets one in at a time, and leaves no file', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await delay(20);
      inside -= 1;
    };
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        await withLock(file(), {}, work);
      }),
    );
    expect(most).toBe(1);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('is let go when the work fails', async () => {
    await expect(withLock(file(), {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(file(), {}, () => Promise.resolve('yes'))).toBe('yes');
  });

  it('is taken at once from a process that was killed', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    writeFileSync(file(), JSON.stringify(identify(child.pid ?? 0)));
    child.kill('SIGKILL');
    await once(child, 'close');
    const started = Date.now();
    expect(await withLock(file(), {}, () => Promise.resolve('mine'))).toBe('mine');
    expect(Date.now() - started).toBeLessThan(1000);
  });

  it('is taken from a process whose number belongs to another one now', async () => {
    writeFileSync(file(), JSON.stringify({ pid: process.pid, startTime: 'long ago' }));
    expect(await withLock(file(), {}, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('is taken where the file is empty, as after a full disk', async () => {
    writeFileSync(file(), '');
    expect(await withLock(file(), {}, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('fails when the holder does not let go, and names it', async () => {
    writeFileSync(file(), JSON.stringify(identify(process.pid)));
    const waiting: number[] = [];
    const blocked = withLock(file(), { timeoutMs: 150, waiting: (pid) => waiting.push(pid) }, () =>
      Promise.resolve('never'),
    );
    await expect(blocked).rejects.toThrow(`process ${process.pid} has held ${file()}`);
    expect(waiting).toEqual([process.pid]);
    expect(existsSync(file())).toBe(true);
  });
});
