import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../catalog';
import { CliError } from '../cli/errors';
import { CatalogDetector } from './catalog-detector';
import { DetectSecretsDetector } from './detect-secrets-detector';
import { declaredNames } from './declared-names';
import type { Detector } from './detector';
import { pythonTools, type PythonToolsOptions } from './python-tools';
import { SecretlintDetector } from './secretlint-detector';

/** The detectors of a scan. */
export interface Detectors {
  /** Those that run, in the order in which their findings are preferred. */
  readonly running: readonly Detector[];
  /** Why detect-secrets does not run, where it does not. */
  readonly withoutDetectSecrets?: CliError;
}

/**
 * Makes every detector ready: the rules of the catalog, secretlint, and detect-secrets where there is Python.
 * @param environments whose names the rules know; none in a repository that is no project
 */
export async function loadDetectors(
  environments: readonly Environment[],
  python: PythonToolsOptions,
): Promise<Detectors> {
  const own = [new CatalogDetector(declaredNames(environments)), await SecretlintDetector.load()];
  try {
    return { running: [...own, new DetectSecretsDetector(await pythonTools(python))] };
  } catch (error) {
    if (error instanceof CliError) {
      return { running: own, withoutDetectSecrets: error };
    }
    throw error;
  }
}

/** Everything that the outcome of a scan depends on besides the content and the name of a file. */
export function rulesOf(detectors: readonly Detector[]): string[] {
  return [...detectors.map(({ name, version }) => `${name} ${version}`), ownRules()];
}

/** Hash of this folder's code and of what judges values. */
function ownRules(): string {
  const hash = createHash('sha256');
  for (const folder of [__dirname, join(__dirname, '..', 'values')]) {
    for (const file of readdirSync(folder).filter((name) => /(?<!\.d)\.[jt]s$/.test(name))) {
      hash.update(file).update(readFileSync(join(folder, file)));
    }
  }
  return hash.digest('hex');
}
