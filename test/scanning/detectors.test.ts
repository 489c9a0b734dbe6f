import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogDetector } from '../../lib/scanning/catalog-detector';
import type { Detector } from '../../lib/scanning/detector';
import { rulesOf } from '../../lib/scanning/detectors';
import { pythonTools } from '../../lib/scanning/python-tools';
import { valueOf } from './support/generated-values';
import { runDetectors } from './support/run-detectors';

const source = { path: 'a.yaml', text: `password: ${valueOf(/^(?:[a-z][0-9][A-Z]){8}$/)}\n` };

test('the rules of the catalog come first, then secretlint, then detect-secrets', async () => {
  await pythonTools();
  const { found, withoutDetectSecrets } = runDetectors([source]);
  expect(Object.keys(found)).toEqual(['catalog', 'secretlint', 'detect-secrets']);
  expect(Object.entries(found).map(([name, [list = []]]) => [name, list.map(({ rule }) => rule)])).toEqual([
    ['catalog', ['secret-name']],
    ['secretlint', []],
    ['detect-secrets', ['secret-keyword']],
  ]);
  expect(withoutDetectSecrets).toBeUndefined();
});

test('without detect-secrets the others run, and it is said why', () => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'));
  const { found, withoutDetectSecrets } = runDetectors([source], { NIVESH_SECRETS_CACHE: cache });
  rmSync(cache, { recursive: true });
  expect(Object.keys(found)).toEqual(['catalog', 'secretlint']);
  expect(withoutDetectSecrets).toBe('it is not installed yet');
});

test('the outcome of a scan depends on each detector, its version, and our own code', () => {
  const detector = (name: string, version: string): Detector => ({ name, version, find: () => [] });
  const rules = rulesOf([detector('a', '1'), new CatalogDetector(new Map())]);
  expect(rules).toEqual(['a 1', 'catalog []', expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(rulesOf([detector('a', '2')])).toEqual(['a 2', rules[2]]);
});
