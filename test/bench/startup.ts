import { join } from 'node:path';
import { verbs } from '../../lib/cli/verbs';
import { packageRoot } from '../../lib/package-root';
import type { Benchmark, Prepared } from './harness/benchmark';
import { runProgram } from './harness/measure';

/** What a verb tells without a server; of the others it is their help. */
const firstOutput: Readonly<Record<string, readonly string[]>> = {
  env: ['env', '--dry-run'],
  compose: ['compose', '--directory', 'test/fixtures/nivesh'],
  ci: ['ci', '--workflow'],
  check: ['check', 'docs'],
  verify: ['verify', '--environment', 'staging', '--rights', 'vault'],
  matrix: ['matrix', '--environment', 'staging'],
  audit: ['audit', 'policy'],
};

const bare = 'node -e 0';
const help = '--help';

function prepare(): Prepared {
  const main = join(__dirname, '../../lib/cli/main.js');
  const calls = [[help], ...verbs.map(({ name }) => firstOutput[name] ?? [name, help])];
  const run = async (...args: readonly string[]) =>
    (await runProgram(process.execPath, args, { cwd: packageRoot(), codes: [0, 1] })).measures;
  return {
    variants: [
      { name: bare, run: async () => await run('-e', '0') },
      ...calls.map((call) => ({ name: call.join(' '), run: async () => await run(main, ...call) })),
    ],
    figures: calls.map((call) => ({
      type: 'ratio',
      what: `${call.join(' ')}, of ${bare}`,
      of: call.join(' '),
      to: bare,
      // 150 ms where bare node takes 40.
      ...(call[0] === help ? { atMost: 3.75 } : {}),
    })),
  };
}

export const benchmark: Benchmark = {
  name: 'startup',
  title: 'the command line until its first useful output, beside bare node',
  rounds: 7,
  prepare,
};
