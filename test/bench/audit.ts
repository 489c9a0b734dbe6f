/* The audit query against grep and jq on a large log: npx tsx test/bench/audit.ts [--json] [number of lines] */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { nivesh } from '../../environments/catalog';
import { table } from '../../lib/cli/output';
import { startPlatform } from '../../lib/embedded';
import { standInValue } from '../../lib/values/stand-in';
import { seed } from '../../lib/vault/seed';
import { forceRefresh, secretData, waitUntil } from '../e2e/support/cluster';
import { auditLogOfTest, deliverWithoutPulumi, makeEngine, testEnvironment } from '../e2e/support/deliver';
import { packageRoot } from '../../lib/package-root';

const json = process.argv.includes('--json');
const lineCount = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 4_000_000);
const rounds = 5;
const path = 'nivesh/backend';
const days = 30;
const end = Date.parse('2026-11-26T00:00:00Z');
const begin = end - days * 86_400_000;

/** A line around its id and its time. */
type Template = readonly [beforeId: string, betweenThem: string, afterTime: string];

interface Row {
  readonly what: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMegabytes?: number;
}

/** What a real Vault writes while External Secrets Operator refreshes everything once. */
async function captureRefresh(): Promise<Template[][]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-audit-platform-'));
  const platform = await startPlatform({ directory, workloads: 'none' });
  try {
    await seed(nivesh, await makeEngine(platform, 'secret'), { standIn: standInValue });
    await deliverWithoutPulumi(platform, testEnvironment(platform, nivesh));
    const log = auditLogOfTest(platform);
    for (const workload of Object.keys(nivesh.workloads)) {
      await waitUntil(`${workload} is delivered`, 60_000, async () => {
        return Object.keys(await secretData(platform, nivesh, workload)).length > 0;
      });
    }
    const from = statSync(log).size;
    for (const workload of Object.keys(nivesh.workloads)) {
      await forceRefresh(platform, nivesh, workload);
    }
    await waitUntil('every workload was read again', 60_000, () => {
      const reads = entriesOf(readFileSync(log, 'utf8').slice(from)).filter(({ text }) =>
        text.includes(`"path":"secret/data`),
      );
      return Promise.resolve(new Set(reads.map(({ role }) => role)).size === Object.keys(nivesh.workloads).length);
    });
    await waitUntil('the log is quiet', 60_000, async () => {
      const before = statSync(log).size;
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return statSync(log).size === before;
    });
    return callsOf(readFileSync(log, 'utf8').slice(from));
  } finally {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function entriesOf(text: string): { readonly text: string; readonly id: string; readonly role: string }[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => ({
      text: line,
      id: /"id":"([0-9a-f-]{36})","mount/.exec(line)?.[1] ?? '',
      role: /"role":"([^"]+)"/.exec(line)?.[1] ?? '',
    }));
}

/** Requests with their responses, in order. */
function callsOf(text: string): Template[][] {
  const calls = new Map<string, Template[]>();
  for (const { text: line, id } of entriesOf(text)) {
    const [before = '', rest = ''] = line.split(id);
    const [, between = '', after = ''] = /^(.*"time":")[^"]+(".*)$/.exec(rest) ?? [];
    calls.set(id, [...(calls.get(id) ?? []), [before, between, after]]);
  }
  return [...calls.values()].filter((call) => call.length === 2);
}

/** Replays the calls over thirty days, with ids and times of their own. */
function generate(file: string, calls: readonly Template[][]): { readonly reads: number; readonly mentions: number } {
  const output = openSync(file, 'w');
  const wanted = calls.map((call) =>
    call.some((template) => template.join('').includes(`"path":"secret/data/${path}"`)),
  );
  let [reads, buffered] = [0, ''];
  for (let call = 0; call < lineCount / 2; call++) {
    const id = uuid();
    for (const [half, [before, between, after]] of (calls[call % calls.length] ?? []).entries()) {
      const milliseconds = begin + Math.floor(((call + half / 2) / (lineCount / 2)) * (end - begin));
      const time = new Date(milliseconds).toISOString().replace('Z', `${String(100_000 + (call % 900_000))}Z`);
      buffered += `${before}${id}${between}${time}${after}\n`;
    }
    reads += wanted[call % calls.length] ? 1 : 0;
    if (buffered.length > 8_000_000) {
      writeSync(output, buffered);
      buffered = '';
    }
  }
  writeSync(output, buffered);
  closeSync(output);
  return { reads, mentions: reads * 2 };
}

function uuid(): string {
  const digits = randomBytes(16).toString('hex');
  return [8, 12, 16, 20, 32].map((to, index, ends) => digits.slice(ends[index - 1] ?? 0, to)).join('-');
}

/** Runs a program and reads what bash says about its times. */
function timed(what: string, command: readonly string[]): { readonly row: Row; readonly output: string } {
  const { stdout, stderr, error } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="times %R %U %S"; time "$@"', 'bash', ...command],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } },
  );
  const [, real, user, system] = /^times (\S+) (\S+) (\S+)$/m.exec(stderr) ?? [];
  if (error || real === undefined) {
    throw new Error(`${what} failed: ${stderr}`);
  }
  const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
  const row = {
    what,
    seconds: Number(real),
    processorSeconds: Number(user) + Number(system),
    ...(peak === undefined ? {} : { peakMegabytes: Math.round(Number(peak) / 1024) }),
  };
  return { row, output: stdout };
}

const runAndTellPeak =
  'require(process.argv[1]).main(process.argv.slice(2)).then(() => process.stderr.write(`\\npeak ${process.resourceUsage().maxRSS}\\n`))';

function query(...options: string[]): string[] {
  const main = join(packageRoot(), 'build/lib/cli/main.js');
  return [process.execPath, '-e', runAndTellPeak, main, 'audit', ...options];
}

function best(rows: readonly Row[]): Row {
  const [row] = [...rows].sort((a, b) => a.seconds - b.seconds);
  if (!row) {
    throw new Error('nothing was timed');
  }
  return row;
}

async function run(): Promise<void> {
  const calls = await captureRefresh();
  const folder = mkdtempSync(join(tmpdir(), 'bench-audit-'));
  try {
    const file = join(folder, 'audit.log');
    const { reads, mentions } = generate(file, calls);
    const window = ['--since', new Date(begin + 60_000).toISOString(), '--until', new Date(end).toISOString()];
    const asked = ['who-read', path, ...window, '--log', file, '--json'];
    const [greps, queries]: [Row[], Row[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const grep = timed('grep -c', ['grep', '-c', `secret/data/${path}`, file]);
      check('grep', Number(grep.output), mentions);
      greps.push(grep.row);
      const answer = timed('audit who-read', query(...asked));
      checkReads(answer.output, reads);
      queries.push(answer.row);
    }
    const thorough = timed('audit who-read --thorough', query(...asked, '--thorough'));
    checkReads(thorough.output, reads);
    const by = timed(
      'audit by nivesh/nivesh-backend',
      query('by', 'nivesh/nivesh-backend', ...window, '--log', file, '--json'),
    );
    const filter = `select(.type=="response" and (.error//"")=="" and .request.operation=="read" and .request.path=="secret/data/${path}") | .time`;
    const jq = timed('jq', ['jq', '-r', filter, file]);
    check('jq', jq.output.trim().split('\n').length, reads);
    report(statSync(file).size, reads, [best(greps), best(queries), thorough.row, by.row, jq.row]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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

function report(bytes: number, reads: number, rows: readonly Row[]): void {
  const [baseline] = rows;
  const results = rows.map(({ what, seconds, processorSeconds, peakMegabytes }) => ({
    ...{ what, seconds, processorSeconds: Number(processorSeconds.toFixed(2)) },
    timesGrep: Number((seconds / (baseline?.seconds ?? NaN)).toFixed(2)),
    timesGrepProcessor: Number((processorSeconds / (baseline?.processorSeconds ?? NaN)).toFixed(2)),
    ...(peakMegabytes === undefined ? {} : { peakMegabytes }),
  }));
  if (json) {
    const machine = { processors: cpus().length, model: cpus()[0]?.model.trim() ?? '', node: process.version };
    process.stdout.write(
      `${JSON.stringify({ benchmark: 'audit', lines: lineCount, bytes, reads, machine, results }, null, 2)}\n`,
    );
    return;
  }
  const cells = results.map((row) => [
    row.what,
    `${row.seconds.toFixed(2)} s`,
    `${row.processorSeconds.toFixed(2)} s`,
    `${row.timesGrep} x`,
    `${row.timesGrepProcessor} x`,
    row.peakMegabytes === undefined ? '' : `${row.peakMegabytes} MB`,
  ]);
  const title = `${lineCount} LINES, ${(bytes / 1e9).toFixed(1)} GB, ${reads} READS`;
  process.stdout.write(`${table([title, 'TIME', 'PROCESSOR', 'OF GREP', 'PROCESSOR', 'PEAK'], cells)}\n`);
}

void run();
