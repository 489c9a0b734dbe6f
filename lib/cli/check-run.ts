import { inspectRepository } from '../check/repository/inspect';
import { allRules } from '../check/repository/rules';
import { sarifLog } from '../check/repository/sarif';
import { packageVersion } from '../package-root';
import { explainRule, printReport, printRules } from './check-report';
import { usageError } from './errors';
import { printFindingsJson, setFindingsExit } from './findings';
import { printJson } from './output';

/** Options of `nivesh-secrets check`, as commander gives them. */
export interface CheckFlags {
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly rules?: boolean;
  readonly explain?: string;
  readonly import?: boolean;
  readonly output?: string;
}

/** Runs `nivesh-secrets check`. */
export async function runCheck(path: string, flags: CheckFlags): Promise<void> {
  if (flags.output !== undefined && flags.import !== true) {
    throw usageError('--output goes with --import', 'add --import, or leave --output out');
  }
  if (flags.import) {
    const { importCatalog } = await import('./check-import.js');
    await importCatalog(path, flags.output);
    return;
  }
  if (flags.explain !== undefined) {
    explainRule(allRules, flags.explain);
    return;
  }
  if (flags.rules) {
    printRules(allRules);
    return;
  }
  const report = await inspectRepository(path);
  if (flags.sarif) {
    setFindingsExit(report.findings);
    printJson(sarifLog(report, allRules, packageVersion()));
  } else if (flags.json) {
    printFindingsJson({ ...report });
  } else {
    printReport(path, report);
  }
}
