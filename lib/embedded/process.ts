import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentError } from '../cli/errors';
import { identify, isRunning, type ProcessIdentity } from './process-identity';

/** A program to run in the background. */
export interface Launch {
  readonly binary: string;
  /** Visible to every user of the machine: never a secret. */
  readonly args: readonly string[];
  /** The only variables that it sees, with PATH. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly folder: string;
  /** Folder of the platform that it belongs to, by which it is found again. */
  readonly platform: string;
}

const marker = 'NIVESH_SECRETS_PLATFORM';

/** Variables by which {@link findStrays} finds a process of a platform. */
export function markOf(platform: string): Record<string, string> {
  return { [marker]: platform };
}

/**
 * Starts a program with its output in a log file; the log of the run before is kept as `<name>.previous`.
 * It is a session of its own, so that Ctrl-C reaches this process only, which stops it in order.
 * @throws CliError when it cannot be started
 */
export async function launch(program: Launch): Promise<ProcessIdentity> {
  const log = openLog(program.logFile);
  try {
    const child = spawn(program.binary, [...program.args], {
      cwd: program.folder,
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, ...program.environment, ...markOf(program.platform) },
    });
    child.unref();
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    // A process that ended already is told by its log, so any identity that matches no process will do.
    const pid = child.pid ?? 0;
    return identify(pid) ?? { pid, startTime: 'ended' };
  } catch (error) {
    throw environmentError(
      `${program.binary} cannot be started: ${(error as Error).message}`,
      'check that the file is whole',
    );
  } finally {
    closeSync(log);
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    renameSync(file, `${file}.previous`);
  } catch {
    // The first start.
  }
  return openSync(file, 'a', 0o600);
}

/**
 * Ends a process: asks, waits, then insists. Fine when it is gone, or when its number belongs to another process now.
 * @param graceMs how long it may take to end by itself. @default 10_000
 * @throws CliError when even killing it does not end it, or it belongs to another user
 */
export async function end(identity: ProcessIdentity, graceMs = 10_000): Promise<void> {
  const begun = Date.now();
  if (isRunning(identity)) {
    signal(identity, 'SIGTERM');
  }
  while (isRunning(identity)) {
    const waited = Date.now() - begun;
    if (waited > graceMs + 20_000) {
      throw environmentError(
        `process ${identity.pid} does not end, even when it is killed`,
        'look at what it waits for',
      );
    }
    if (waited > graceMs) {
      kill(identity);
    }
    await delay(20);
  }
}

/** Ends a process and the group that it leads, now. */
export function kill(identity: ProcessIdentity): void {
  if (isRunning(identity)) {
    signal({ ...identity, pid: -identity.pid }, 'SIGKILL');
    signal(identity, 'SIGKILL');
  }
}

/**
 * Sends a signal to a process, or to a group of them by its negative number; fine when it is gone.
 * @throws CliError when it belongs to another user
 */
export function signal({ pid }: Pick<ProcessIdentity, 'pid'>, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') {
      throw environmentError(`process ${Math.abs(pid)} belongs to another user`, 'run this as that user');
    }
    if (code !== 'ESRCH') {
      throw error;
    }
  }
}

/**
 * Processes of a platform that no state file names: those of a parent that was killed at the wrong moment, or whose
 * state file is lost. Found by the variable of {@link markOf}; Linux only.
 */
export function findStrays(platform: string): ProcessIdentity[] {
  const wanted = `${marker}=${platform}`;
  return listPids()
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(wanted))
    .map(identify)
    .filter((identity) => identity !== undefined);
}

function listPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** The last lines of a log; none where there is no log. */
export function tailOf(file: string, lines: number): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return lines === 0 ? [] : text.trimEnd().split('\n').slice(-lines);
}
