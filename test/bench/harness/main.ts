/** `npm run bench`: see docs/benchmarks.md. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { exitCode } from '../../../lib/cli/errors';
import { print } from '../../../lib/cli/output';
import { packageRoot } from '../../../lib/package-root';
import type { Benchmark } from './benchmark';
import { compareWithRecorded, mergeRecorded, type Recorded, withFigures } from './record';
import { resultText } from './report';
import { type BenchmarkResult, runBenchmark } from './run';

const recordFile = join(packageRoot(), 'test/bench/recorded.json');
const page = join(packageRoot(), 'docs/benchmarks.md');

interface Flags {
  readonly list?: boolean;
  readonly json?: string;
  readonly check?: boolean;
  readonly record?: boolean;
}

function names(): string[] {
  return readdirSync(join(packageRoot(), 'test/bench'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

async function load(name: string): Promise<Benchmark> {
  return ((await import(`../${name}.js`)) as { readonly benchmark: Benchmark }).benchmark;
}

async function run(chosen: readonly string[], flags: Flags, program: Command): Promise<void> {
  const unknown = chosen.filter((name) => !names().includes(name));
  if (unknown.length > 0) {
    program.error(`error: no such benchmark, got ${unknown.join(', ')}, allowed: ${names().join(', ')}`, {
      exitCode: exitCode.usage,
    });
  }
  const benchmarks = await Promise.all((chosen.length > 0 ? chosen : names()).map(load));
  if (flags.list) {
    benchmarks.forEach(({ name, title }) => {
      print(`${name}: ${title}`);
    });
    return;
  }
  const results: BenchmarkResult[] = [];
  for (const benchmark of benchmarks) {
    const result = await runBenchmark(benchmark, (line) => process.stderr.write(`${line}\n`));
    print(resultText(result));
    results.push(result);
  }
  if (flags.json !== undefined) {
    writeJson(flags.json, results);
  }
  const recorded = JSON.parse(readFileSync(recordFile, 'utf8')) as Recorded;
  if (flags.check) {
    const worse = compareWithRecorded(results, recorded);
    print(worse.length === 0 ? 'no figure is worse than recorded' : worse.join('\n'));
    process.exitCode = worse.length === 0 ? exitCode.fine : exitCode.findings;
  }
  if (flags.record) {
    const merged = mergeRecorded(recorded, results);
    writeFileSync(page, withFigures(readFileSync(page, 'utf8'), merged));
    writeJson(recordFile, merged);
  }
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

const program = new Command('npm run bench --')
  .description('measures the library beside its alternatives, in the same run, and prints ratios')
  .argument('[names...]', 'benchmarks to run (default: all)')
  .option('--list', 'list the benchmarks')
  .option('--json <file>', 'write everything that was measured to a file')
  .option('--check', 'exit with 1 if a figure is worse than the recorded one')
  .option('--record', 'make the figures the recorded ones, in test/bench/recorded.json and docs/benchmarks.md')
  .action(async (chosen: string[], flags: Flags) => {
    await run(chosen, flags, program);
  });

void program.parseAsync();
