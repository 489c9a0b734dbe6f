import { cacheFolder } from '../../lib/embedded/toolchain/cache';
import { runCommand } from '../support/command-line';
import { type Corpus, makeCorpus, removeCorpus, type ScanOutput, type Score, scoreOf } from './support/corpus';
import { forms, kinds } from './support/planted';

describe('a corpus of planted secrets and decoys', () => {
  let corpus: Corpus;
  let score: Score;

  beforeAll(async () => {
    corpus = await makeCorpus();
    const env = { NIVESH_SECRETS_CACHE: cacheFolder() };
    const { stdout } = await runCommand(['scan', '--json', '--require', 'detect-secrets'], { cwd: corpus.folder, env });
    score = scoreOf(corpus, JSON.parse(stdout) as ScanOutput);
  });

  afterAll(() => {
    removeCorpus(corpus);
  });

  it('is large enough to say something', () => {
    expect(Object.keys(kinds).length).toBeGreaterThanOrEqual(22);
    expect(Object.keys(forms).length).toBeGreaterThanOrEqual(6);
    expect(corpus.decoys.length).toBeGreaterThanOrEqual(200);
  });

  it('has every planted secret found', () => {
    expect(score.missed).toEqual([]);
  });

  it('has an alarm for at most 2 % of the decoys', () => {
    expect(score.alarmed.length / corpus.decoys.length).toBeLessThanOrEqual(0.02);
  });

  it('has each detector find some', () => {
    expect(Object.keys(score.foundBy).sort()).toEqual(['catalog', 'detect-secrets', 'secretlint']);
  });
});
