import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Measures, Prepared } from './harness/benchmark';
import { runProgram } from './harness/measure';
import { captureRefresh, days, path, replay, window } from './support/audit-log';
import { sizeOf } from './support/size';

const lineCount = sizeOf('LINES', 4_000_000);

const names = {
  grep: 'grep -c',
  whoRead: 'audit who-read',
  thorough: 'audit who-read --thorough',
  by: 'audit by nivesh/nivesh-backend',
  jq: 'jq, the same question',
} as const;

async function query(...options: string[]): Promise<{ readonly stdout: string; readonly measures: Measures }> {
  return await runProgram(process.execPath, [join(__dirname, '../../lib/cli/main.js'), 'audit', ...options]);
}

async function alternative(
  command: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly measures: Measures }> {
  return await runProgram(command, args, { env: { LC_ALL: 'C' } });
}

/** Reads in the first minute lie before the window. */
function checkReads(output: string, reads: number): void {
  const { vault } = JSON.parse(output) as { vault: { workloads: { count: number }[] } };
  const counted = vault.workloads.reduce((total, { count }) => total + count, 0);
  const outside = Math.ceil(reads / (days * 24 * 60)) + 1;
  if (counted > reads || counted < reads - outside) {
    throw new Error(`the query found ${counted} reads of ${reads}`);
  }
}

function check(what: string, found: number, expected: number): void {
  if (found !== expected) {
    throw new Error(`${what} found ${found}, expected ${expected}`);
  }
}

async function prepare(): Promise<Prepared> {
  const calls = await captureRefresh();
  const folder = mkdtempSync(join(tmpdir(), 'bench-audit-'));
  const file = join(folder, 'audit.log');
  const { reads, mentions } = replay(file, calls, lineCount);
  const since = new Date(window.begin + 60_000).toISOString();
  const about = ['--since', since, '--until', new Date(window.end).toISOString(), '--log', file, '--json'];
  const whoRead = async (...options: string[]): Promise<Measures> => {
    const { stdout, measures } = await query('who-read', path, ...about, ...options);
    checkReads(stdout, reads);
    return measures;
  };
  const filter = `select(.type=="response" and (.error//"")=="" and .request.operation=="read" and .request.path=="secret/data/${path}") | .time`;
  return {
    variants: [
      {
        name: names.grep,
        run: async () => {
          const { stdout, measures } = await alternative('grep', ['-c', `secret/data/${path}`, file]);
          check('grep', Number(stdout), mentions);
          return measures;
        },
      },
      { name: names.whoRead, run: async () => await whoRead() },
      { name: names.by, run: async () => (await query('by', 'nivesh/nivesh-backend', ...about)).measures },
      { name: names.thorough, rounds: 1, run: async () => await whoRead('--thorough') },
      {
        name: names.jq,
        rounds: 1,
        run: async () => {
          const { stdout, measures } = await alternative('jq', ['-r', filter, file]);
          check('jq', stdout.trim().split('\n').length, reads);
          return measures;
        },
      },
    ],
    figures: [
      { type: 'ratio', what: `${names.whoRead}, of grep`, of: names.whoRead, to: names.grep, atMost: 2 },
      { type: 'ratio', what: `${names.by}, of grep`, of: names.by, to: names.grep },
      { type: 'ratio', what: `${names.thorough}, of grep`, of: names.thorough, to: names.grep },
      { type: 'ratio', what: `${names.whoRead}, of jq`, of: names.whoRead, to: names.jq },
      { type: 'limit', what: `memory of ${names.whoRead}`, measure: 'memory', of: names.whoRead, atMost: 200 },
    ],
    close: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

export const benchmark: Benchmark = {
  name: 'audit',
  title: `asking a log of ${lineCount} lines who read a secret, beside grep and jq`,
  rounds: 3,
  prepare,
};
