import { join } from 'node:path';
import { makeCorpus, removeCorpus, type ScanOutput, scoreOf } from '../scanning/support/corpus';
import type { Benchmark, Measures, Prepared } from './harness/benchmark';
import { runProgram } from './harness/measure';

const variant = 'scan of the corpus';

async function prepare(): Promise<Prepared> {
  const corpus = await makeCorpus();
  const options = ['scan', '--json', '--require', 'detect-secrets'];
  const run = async (): Promise<Measures> => {
    const program = [join(__dirname, '../../lib/cli/main.js'), ...options];
    const { stdout, measures } = await runProgram(process.execPath, program, { cwd: corpus.folder, codes: [0, 1] });
    const { precision, recall, alarmed } = scoreOf(corpus, JSON.parse(stdout) as ScanOutput);
    const alarms = alarmed.length / corpus.decoys.length;
    return {
      ...measures,
      precision: 100 * precision,
      recall: 100 * recall,
      missed: 100 * (1 - recall),
      alarms: 100 * alarms,
    };
  };
  return {
    variants: [{ name: variant, run }],
    figures: [
      { type: 'limit', what: 'planted secrets that are not found', measure: 'missed', of: variant, atMost: 0 },
      { type: 'limit', what: 'files without a secret that raise an alarm', measure: 'alarms', of: variant, atMost: 2 },
    ],
    close: () => {
      removeCorpus(corpus);
    },
  };
}

export const benchmark: Benchmark = {
  name: 'scanning',
  title: 'secrets of every kind of the catalog, planted beside files that hold none',
  rounds: 1,
  warmUp: 0,
  units: { precision: '%', recall: '%', missed: '%', alarms: '%' },
  prepare,
};
