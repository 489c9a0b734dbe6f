import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Canary, decoy, makeCanaries, missedKinds } from '../scanning/canaries';
import { declaredNames } from '../scanning/declared-names';
import type { CliError } from './errors';
import { printFindings, printFindingsJson } from './findings';
import { git } from './git-checkout';
import { printWithoutDetectSecrets } from './scan-report';
import { environmentsHere, type RepositoryScan, scanRepository, type ScanScope } from './scan-repository';

/** Where a canary is while it is looked for, and what brings it there. */
const places: readonly { readonly scope: ScanScope; readonly title: string; readonly prepare: readonly string[][] }[] =
  [
    { scope: 'staged', title: 'the index', prepare: [['add', '--all']] },
    { scope: 'workTree', title: 'the work tree', prepare: [['commit', '--quiet', '--message', 'planted']] },
    {
      scope: 'history',
      title: 'the history',
      prepare: [
        ['rm', '--quiet', '-r', '.'],
        ['commit', '--quiet', '--message', 'removed'],
      ],
    },
  ];

/** A repository of its own: no hook, no signature and no settings of whoever runs this. */
const settings = {
  'user.name': 'nivesh-secrets',
  'user.email': 'nivesh-secrets@example.com',
  'commit.gpgSign': 'false',
  'core.hooksPath': '.git/no-hooks',
  'core.excludesFile': '.git/no-excludes',
  'core.autocrlf': 'false',
};

/**
 * Plants a generated secret of every kind in a temporary git repository, and looks for each with the scan as it is: staged,
 * in the work tree, and in the history. What it does not find is a finding.
 */
export async function scanSelfTest(
  requireDetectSecrets: boolean,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  // A hook sets these for the repository that it guards.
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE']) {
    Reflect.deleteProperty(process.env, name);
  }
  const canaries = makeCanaries(declaredNames(environmentsHere()));
  const folder = await mkdtemp(join(tmpdir(), 'nivesh-secrets-self-test-'));
  try {
    await plant(folder, canaries);
    const findings: TestFinding[] = [];
    const seen = new Set<string>();
    let without: CliError | undefined;
    for (const { scope, title, prepare } of places) {
      for (const command of prepare) {
        await git(folder, ...command);
      }
      const result = await scanRepository(scope, requireDetectSecrets, folder);
      result.detectors.forEach((name) => seen.add(name));
      without = result.withoutDetectSecrets;
      findings.push(...faultsOf(result, canaries, title));
    }
    show({ findings, canaries: canaries.length, detectors: [...seen], without }, json);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface TestFinding {
  readonly rule: 'missed' | 'false-alarm' | 'silent-detector';
  readonly place: string;
  readonly message: string;
  readonly fix: string;
}

async function plant(folder: string, canaries: readonly Canary[]): Promise<void> {
  for (const { path, text } of [...canaries, decoy]) {
    await writeFile(join(folder, path), text);
  }
  await git(folder, 'init', '--quiet', '--template=');
  for (const [name, value] of Object.entries(settings)) {
    await git(folder, 'config', name, value);
  }
}

const fix = 'do not go by this scan: install the package anew, and report it if that does not help';

function faultsOf({ open, detectors }: RepositoryScan, canaries: readonly Canary[], place: string): TestFinding[] {
  const findings = open.map(({ finding }) => finding);
  const heard = new Set(findings.flatMap((finding) => finding.detectors));
  return [
    ...missedKinds(canaries, findings).map((kind) => ({ rule: 'missed' as const, message: `${kind} is not found` })),
    ...detectors
      .filter((name) => !heard.has(name))
      .map((name) => ({ rule: 'silent-detector' as const, message: `${name} finds nothing` })),
    ...findings
      .filter(({ path }) => path === decoy.path)
      .map(({ rule }) => ({ rule: 'false-alarm' as const, message: `${rule} takes a file without a secret for one` })),
  ].map((fault) => ({ ...fault, place, fix }));
}

interface Outcome {
  readonly findings: readonly TestFinding[];
  readonly canaries: number;
  /** Names of those that ran. */
  readonly detectors: readonly string[];
  /** Why detect-secrets did not run. */
  readonly without: CliError | undefined;
}

function show({ findings, canaries, detectors, without }: Outcome, json: boolean): void {
  if (json) {
    printFindingsJson({ canaries, detectors, findings, ...(without && { withoutDetectSecrets: without.message }) });
    return;
  }
  const where = places.map(({ title }) => title).join(', ');
  printFindings(
    findings,
    `fine: each of ${canaries} generated secrets is found in ${where}, by ${detectors.join(', ')}`,
  );
  if (without) {
    printWithoutDetectSecrets(without, detectors);
  }
}
