import type { BaselineEntry } from '../scanning/baseline';
import type { Introduction } from '../scanning/introductions';
import type { Finding } from '../scanning/scan';
import type { CliError } from './errors';
import { printFindings, printFindingsJson } from './findings';
import { print } from './output';
import type { RepositoryScan } from './scan-repository';

/** Prints what a scan found, never a value, and sets the exit code. */
export function printScan(scan: RepositoryScan, unused: readonly BaselineEntry[]): void {
  const { open, accepted, files, binary, introductions, detectors, withoutDetectSecrets } = scan;
  printFindings(
    open.map(({ finding, entryProblem }) => ({
      place: placeOf(finding, introductions),
      message: `${describe(finding)} (${finding.rule})${entryProblem === undefined ? '' : `; ${entryProblem}`}`,
      fix: fixOf(finding, entryProblem),
    })),
    `no secrets in ${count(files, 'file')}`,
  );
  if (accepted > 0) {
    print(`${count(accepted, 'finding')} accepted by the baseline`);
  }
  for (const { path, rule } of unused) {
    print(`the baseline has an entry that nothing belongs to any more: ${path} (${rule})`);
  }
  if (binary > 0) {
    print(`${count(binary, 'file')} not looked into: no text`);
  }
  if (withoutDetectSecrets) {
    printWithoutDetectSecrets(withoutDetectSecrets, detectors);
  }
}

/** Says why detect-secrets did not run, what did, and how to have it. */
export function printWithoutDetectSecrets({ message, fix = '' }: CliError, detectors: readonly string[]): void {
  print(`detect-secrets did not run: ${message}; ${detectors.join(' and ')} did; to have it, ${fix}`);
}

/** As {@link printScan}, as JSON. */
export function printScanJson(scan: RepositoryScan, unused: readonly BaselineEntry[]): void {
  const { open, accepted, files, binary, introductions, detectors: ran, withoutDetectSecrets } = scan;
  printFindingsJson({
    findings: open.map(({ finding: { rule, path, line, column, field, detectors, value, blob }, entryProblem }) => ({
      ...{ rule, path, line, column, field, detectors, length: value.reveal().length },
      commit: introductions.get(blob ?? '')?.commit,
      entryProblem,
    })),
    ...{ accepted, unused: unused.map(({ path, rule }) => ({ path, rule })), files, binary, detectors: ran },
    ...(withoutDetectSecrets ? { withoutDetectSecrets: withoutDetectSecrets.message } : {}),
  });
}

function placeOf({ path, line, column, blob }: Finding, introductions: RepositoryScan['introductions']): string {
  const introduction = blob === undefined ? undefined : introductions.get(blob);
  return `${path}:${line}:${column}${introduction ? ` (${commitOf(introduction)})` : ''}`;
}

function commitOf({ commit, time }: Introduction): string {
  return `commit ${commit.slice(0, 10)} of ${time.slice(0, 10)}`;
}

function describe({ value, field }: Finding): string {
  const what = `a value of ${value.reveal().length} characters`;
  return field === undefined ? `${what} that looks like a secret` : `${what} of ${field}`;
}

function fixOf({ field }: Finding, entryProblem: string | undefined): string {
  const replace = field === undefined ? 'where it is valid' : `with "nivesh-secrets rotate ${field}"`;
  return entryProblem === undefined
    ? `take it out of the file, and replace it ${replace} if it was ever committed`
    : 'take it out of the file, or write in the entry why it may stay, and until when';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
