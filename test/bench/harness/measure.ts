import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Measures } from './benchmark';

/** What a program printed and what it took. */
export interface ProgramRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly measures: Measures & { readonly time: number; readonly processor: number; readonly memory: number };
}

/** See {@link runProgram}. */
export interface ProgramOptions {
  /** @default - the folder that the benchmark runs in */
  readonly cwd?: string;
  /** Variables besides those of this process. @default - none */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are no failure. @default [0] */
  readonly codes?: readonly number[];
}

const marker = 'measured';

/**
 * Runs a program to its end. GNU time tells what it took, with every process that it waited for: seconds on the clock,
 * seconds of processor, and the peak of the largest process in megabytes
 * (https://www.gnu.org/software/time/, Debian's package `time`).
 * @throws Error with what it wrote, if it ends otherwise than with one of the exit codes
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env, codes = [0] }: ProgramOptions = {},
): Promise<ProgramRun> {
  const since = performance.now();
  const child = spawn('/usr/bin/time', ['-q', '-f', `${marker} %U %S %M`, command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new Error(`GNU time cannot be run, fix: install the package "time"`, { cause: error }));
    });
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const time = (performance.now() - since) / 1000;
  const [, user, system, kilobytes] = new RegExp(`^${marker} (\\S+) (\\S+) (\\d+)$`, 'm').exec(stderr) ?? [];
  if (code === null || !codes.includes(code) || kilobytes === undefined) {
    throw new Error(`${[command, ...args].join(' ')} ended with ${String(code)}: ${stderr.slice(-2000)}`);
  }
  return {
    stdout,
    stderr,
    measures: { time, processor: Number(user) + Number(system), memory: Number(kilobytes) / 1024 },
  };
}

// Node gives it only to a process with this flag, and to contexts that are made after.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Times work of this process. Garbage is collected first: otherwise the work would pay for what was there before it.
 * @param repetitions how often it is done in one run, where once is too short to time; the time is that of one
 */
export async function timed<T>(
  work: () => T | Promise<T>,
  repetitions = 1,
): Promise<{
  readonly result: T;
  readonly measures: Measures & { readonly time: number; readonly processor: number };
}> {
  collectGarbage();
  const [since, processorSince] = [performance.now(), process.cpuUsage()];
  let result = await work();
  for (let repetition = 1; repetition < repetitions; repetition++) {
    result = await work();
  }
  const time = (performance.now() - since) / 1000 / repetitions;
  const { user, system } = process.cpuUsage(processorSince);
  return { result, measures: { time, processor: (user + system) / 1e6 / repetitions } };
}
