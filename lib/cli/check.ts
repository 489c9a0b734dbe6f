import { Command, Option } from 'commander';
import { inspectRepository } from '../check/repository/inspect';
import { allRules } from '../check/repository/rules';
import { sarifLog } from '../check/repository/sarif';
import { packageVersion } from '../package-root';
import { explainRule, printReport, printRules } from './check-report';
import { usageError } from './errors';
import { printFindingsJson, setFindingsExit } from './findings';
import { printJson } from './output';

interface CheckFlags {
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly rules?: boolean;
  readonly explain?: string;
  readonly import?: boolean;
  readonly output?: string;
}

/** `nivesh-secrets check` */
export function checkCommand(): Command {
  return new Command('check')
    .description(
      'find what does not fit together in the manifests, Compose files, .env files and code of any repository',
    )
    .argument('[path]', 'folder of the repository, or one file', '.')
    .option('--json', 'print the result as JSON')
    .addOption(new Option('--sarif', 'print the result as SARIF 2.1.0, for code scanning').conflicts('json'))
    .option('--rules', 'list every rule, and check nothing')
    .option('--explain <rule>', 'say what a rule finds, why, and how it is mended; check nothing')
    .addOption(
      new Option('--import', 'draft a catalog from the manifests, in place of a check').conflicts([
        'json',
        'sarif',
        'rules',
        'explain',
      ]),
    )
    .option('--output <file>', 'with --import: write the draft to a new file (default: standard output)')
    .addHelpText(
      'after',
      `
The repository need not use this library, and nothing in it is run. Values are never printed.
A finding that is known is suppressed with a reason and a last day, in .nivesh-secrets-check.yaml or in a comment
on its line or on the line above: # nivesh-secrets-ignore RULE until 2027-01-31: REASON

Examples:
  nivesh-secrets check
  nivesh-secrets check ../shop --json
  nivesh-secrets check --sarif > check.sarif
  nivesh-secrets check --explain secret-not-made
  nivesh-secrets check --import --output environments/index.ts`,
    )
    .action(runCheck);
}

async function runCheck(path: string, flags: CheckFlags): Promise<void> {
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
