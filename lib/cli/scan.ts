import { Command } from 'commander';
import type { Repository } from '../scanning/repository';
import type { Finding, ScannedFile, ScanResult } from '../scanning/scan';
import { usageError } from './errors';
import { printFindings, printFindingsJson } from './findings';
import { print } from './output';
import { findProject, loadEnvironments } from './project';

interface ScanFlags {
  readonly staged?: boolean;
  readonly history?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `nivesh-secrets scan` */
export function scanCommand(): Command {
  return new Command('scan')
    .description('find secrets in the files of a git repository, before they are committed or after')
    .option('--staged', 'only what the next commit would add, as it is staged')
    .option('--history', 'every content that the repository ever had, also what no branch leads to any more')
    .option('--all', 'the work tree and the history')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Without an option it looks at the work tree: what git tracks, and what it would take. In a project the rules know the
names of the catalog. It exits with 1 when it finds something, and never prints a value.

Examples:
  nivesh-secrets scan
  nivesh-secrets scan --staged`,
    )
    .action(run);
}

async function run(flags: ScanFlags): Promise<void> {
  await scan(flags);
}

async function scan(flags: ScanFlags): Promise<void> {
  if ([flags.staged, flags.history, flags.all].filter(Boolean).length > 1) {
    throw usageError('"--staged", "--history" and "--all" are three scans', 'give one of them');
  }
  const [{ Repository }, { scanFiles }] = await Promise.all([
    import('../scanning/repository.js'),
    import('../scanning/scan.js'),
  ]);
  const repository = await Repository.open(process.cwd());
  printResult(await scanFiles(filesOf(repository, flags), await loadDetectors()), flags);
}

async function* filesOf(repository: Repository, { staged, history, all }: ScanFlags): AsyncGenerator<ScannedFile> {
  const [{ objectFiles, workTreeFiles }, { historyFiles }] = await Promise.all([
    import('../scanning/scanned-files.js'),
    import('../scanning/history-files.js'),
  ]);
  const { root } = repository;
  if (staged) {
    yield* objectFiles(root, await repository.staged());
    return;
  }
  const inWorkTree = history ? [] : await repository.workTree();
  yield* workTreeFiles(root, inWorkTree);
  if (history || all) {
    const seen = new Set(inWorkTree.map(({ blob }) => blob));
    yield* objectFiles(
      root,
      (await historyFiles(repository)).filter(({ blob }) => !seen.has(blob)),
    );
  }
}

async function loadDetectors() {
  const [{ CatalogDetector }, { SecretlintDetector }, { declaredNames }] = await Promise.all([
    import('../scanning/catalog-detector.js'),
    import('../scanning/secretlint-detector.js'),
    import('../scanning/declared-names.js'),
  ]);
  return [new CatalogDetector(declaredNames(environments())), await SecretlintDetector.load()];
}

/** Environments of the project, whose names the rules know; none in a repository that is no project. */
function environments() {
  let project;
  try {
    project = findProject();
  } catch {
    return [];
  }
  return loadEnvironments(project);
}

function printResult({ findings, files, binary }: ScanResult, { json }: ScanFlags): void {
  if (json) {
    printFindingsJson({ findings: findings.map(inJson), files, binary });
    return;
  }
  printFindings(
    findings.map((finding) => ({
      place: `${finding.path}:${finding.line}:${finding.column}`,
      message: `${describe(finding)} (${finding.rule})`,
      fix: fixOf(finding),
    })),
    `no secrets in ${files} files`,
  );
  if (binary > 0) {
    print(`${binary} of ${files} files are binary and were not looked into`);
  }
}

function inJson({ rule, path, line, column, field, detectors, value }: Finding): Record<string, unknown> {
  return { rule, path, line, column, field, detectors, length: value.reveal().length };
}

function describe({ value, field }: Finding): string {
  const what = `a value of ${value.reveal().length} characters`;
  return field === undefined ? `${what} that looks like a secret` : `${what} of ${field}`;
}

function fixOf({ field }: Finding): string {
  const replace = field === undefined ? 'where it is valid' : `with "nivesh-secrets rotate ${field}"`;
  return `take it out of the file, and replace it ${replace} if it was ever committed`;
}
