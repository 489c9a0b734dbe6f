import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentError } from '../cli/errors';
import { identify, isRunning, type ProcessIdentity } from './process-identity';

export interface LockOptions {
  /** Called once when another process holds the lock. */
  readonly waiting?: (pid: number) => void;
  /** @default 3_600_000, longer than the longest build */
  readonly timeoutMs?: number;
}

/**
 * Runs `work` while no other process holds the lock file. The file names its holder by number and start time, so the
 * lock of a killed process is known to be void at once, without a waiting time or a heartbeat that a busy event loop
 * misses.
 * @throws CliError when the holder does not let go in time
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { timeoutMs = 3_600_000 } = options;
  const deadline = Date.now() + timeoutMs;
  let told = false;
  for (let holder = take(file); holder; holder = take(file)) {
    if (Date.now() > deadline) {
      throw environmentError(
        `process ${holder.pid} has held ${file} for more than ${Math.round(timeoutMs / 1000)} s`,
        `wait for it, or end it`,
      );
    }
    if (!told) {
      told = true;
      options.waiting?.(holder.pid);
    }
    await delay(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

let sequence = 0;

/** Takes the lock; gives its holder where somebody else has it. */
function take(file: string): ProcessIdentity | undefined {
  sequence += 1;
  const own = `${file}.${process.pid}.${sequence}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A link is made whole or not at all, and never replaces a file.
        linkSync(own, file);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
          throw error;
        }
      }
      const holder = readHolder(file);
      if (holder && isRunning(holder)) {
        return holder;
      }
      removeVoid(file, `${own}.void`, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Removes the lock of a process that is gone. Another process may have done so and taken the lock: then it stays. */
function removeVoid(file: string, aside: string, seen: ProcessIdentity | undefined): void {
  try {
    renameSync(file, aside);
    if (readHolder(aside)?.startTime !== seen?.startTime) {
      linkSync(aside, file);
    }
    rmSync(aside, { force: true });
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
  }
}
