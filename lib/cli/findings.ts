import { counted } from '../counted';
import { exitCode } from './errors';
import { print, printJson } from './output';

/** What a check found, as it is printed. */
export interface PrintedFinding {
  /** File, file and line, or name. */
  readonly place: string;
  readonly message: string;
  readonly fix: string;
}

/** Prints findings for people, one and its fix, and sets the exit code. */
export function printFindings(findings: readonly PrintedFinding[], fine: string): void {
  // First: a reader such as "head" may end the process.
  setFindingsExit(findings);
  for (const { place, message, fix } of findings) {
    print(`${place}: ${message}`);
    print(`  fix: ${fix}`);
  }
  print(findings.length === 0 ? fine : counted(findings.length, 'finding'));
}

/** Prints a report with findings as JSON and sets the exit code. */
export function printFindingsJson(report: {
  readonly findings: readonly unknown[];
  readonly [more: string]: unknown;
}): void {
  setFindingsExit(report.findings);
  printJson(report);
}

/** Sets the exit code. */
export function setFindingsExit(findings: readonly unknown[]): void {
  if (findings.length > 0) {
    process.exitCode = exitCode.findings;
  }
}
