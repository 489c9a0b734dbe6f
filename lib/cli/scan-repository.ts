import { Baseline, type BaselineEntry, type BaselineMatch } from '../scanning/baseline';
import { CleanBlobs } from '../scanning/clean-blobs';
import { loadDetectors, rulesOf } from '../scanning/detectors';
import { historyFiles } from '../scanning/history-files';
import { type Introduction, introductionsOf } from '../scanning/introductions';
import { type GitFile, Repository } from '../scanning/repository';
import { type ScannedFile, scanFiles } from '../scanning/scan';
import { objectFiles, workTreeFiles } from '../scanning/scanned-files';
import { type CliError, environmentError } from './errors';
import { fileProgress } from './progress';
import { loadEnvironments, searchProject } from './project';

/** What is looked at. */
export type ScanScope = 'workTree' | 'staged' | 'history' | 'all';

/** Outcome of the scan of a repository. */
export interface RepositoryScan extends BaselineMatch {
  readonly repository: Repository;
  readonly baseline: Baseline;
  readonly files: number;
  readonly binary: number;
  /** For findings of the history, by object, the commit that brought it in. */
  readonly introductions: ReadonlyMap<string, Introduction>;
  /** Names of the detectors that ran. */
  readonly detectors: readonly string[];
  /** Why detect-secrets did not run. */
  readonly withoutDetectSecrets?: CliError;
}

/**
 * Scans a repository.
 * @param requireDetectSecrets whether a scan without detect-secrets is an error
 * @param folder in the repository @default - the one that this program runs in
 * @throws CliError outside of a repository, for a baseline that cannot be read, without a detector that is required
 */
export async function scanRepository(
  scope: ScanScope,
  requireDetectSecrets: boolean,
  folder = process.cwd(),
): Promise<RepositoryScan> {
  const repository = await Repository.open(folder);
  const baseline = await Baseline.read(repository.root);
  const { workTree, objects } = await filesOf(repository, scope);
  const { running, withoutDetectSecrets } = await loadDetectors(environmentsHere(), {
    // A commit does not wait for an installation.
    install: scope !== 'staged' || requireDetectSecrets,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  if (withoutDetectSecrets && requireDetectSecrets) {
    throw environmentError(
      `detect-secrets is required and cannot run: ${withoutDetectSecrets.message}`,
      withoutDetectSecrets.fix,
    );
  }
  const clean = await CleanBlobs.open(repository.commonFolder, rulesOf(running));
  const toScan = (files: readonly GitFile[]): GitFile[] =>
    files.filter(({ blob, path }) => blob === undefined || !clean.has(blob, path));
  const todo = { workTree: toScan(workTree), objects: toScan(objects) };
  const total = todo.workTree.length + todo.objects.length;
  const progress = fileProgress('scanning', total);
  try {
    const scanned = await scanFiles(contents(repository.root, todo), running, clean, () => {
      progress.add(1);
    });
    const { binary, findings } = scanned;
    await clean.save();
    const ofHistory = new Set(objects.map(({ blob }) => blob));
    const blobs = findings.flatMap(({ blob }) => (scope !== 'staged' && blob && ofHistory.has(blob) ? [blob] : []));
    return {
      ...(await baseline.match(findings, new Date())),
      ...{ repository, baseline, binary },
      files: workTree.length + objects.length,
      detectors: running.map(({ name }) => name),
      introductions: await introductionsOf(repository.root, new Set(blobs)),
      ...(withoutDetectSecrets ? { withoutDetectSecrets } : {}),
    };
  } finally {
    progress.end();
    await Promise.all(running.map(async (detector) => await detector.close?.()));
  }
}

/** Writes the baseline anew: every finding has an entry; after a scan of everything, what was not found has none. */
export async function updateBaseline(scan: RepositoryScan, scope: ScanScope, expires: Date): Promise<Baseline> {
  const findings = scan.open.map(({ finding }) => finding);
  const updated = await scan.baseline.with(findings, unusedEntries(scan, scope), expires);
  await updated.write(scan.repository.root);
  return updated;
}

/** Only a scan of everything can say that an entry is of no use any more. */
export function unusedEntries({ unused }: RepositoryScan, scope: ScanScope): readonly BaselineEntry[] {
  return scope === 'all' ? unused : [];
}

interface FilesToScan {
  readonly workTree: readonly GitFile[];
  readonly objects: readonly GitFile[];
}

async function filesOf(repository: Repository, scope: ScanScope): Promise<FilesToScan> {
  if (scope === 'staged') {
    return { workTree: [], objects: await repository.staged() };
  }
  const workTree = scope === 'history' ? [] : await repository.workTree();
  const seen = new Set(workTree.map(({ blob }) => blob));
  const history = scope === 'workTree' ? [] : await historyFiles(repository);
  return { workTree, objects: history.filter(({ blob }) => !seen.has(blob)) };
}

async function* contents(root: string, { workTree, objects }: FilesToScan): AsyncGenerator<ScannedFile> {
  yield* workTreeFiles(root, workTree);
  yield* objectFiles(root, objects);
}

/** Environments of the project, whose names the rules know; none in a repository that is no project. */
export function environmentsHere() {
  const project = searchProject(process.cwd());
  return project ? loadEnvironments(project) : [];
}
