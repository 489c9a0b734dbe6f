import { Command, Option } from 'commander';
import { usageError } from './errors';
import { print } from './output';
import type { ScanScope } from './scan-repository';

interface ScanFlags {
  readonly staged?: boolean;
  readonly history?: boolean;
  readonly all?: boolean;
  readonly require?: 'detect-secrets';
  readonly updateBaseline?: boolean;
  readonly json?: boolean;
}

/** `nivesh-secrets scan` */
export function scanCommand(): Command {
  return new Command('scan')
    .description('find secrets in the files of a git repository, before they are committed or after')
    .option('--staged', 'only what the next commit would add, as it is staged')
    .option('--history', 'every content that the repository ever had, also what no branch leads to any more')
    .option('--all', 'the work tree and the history')
    .addOption(
      new Option('--require <detector>', 'fail where this detector cannot run, for CI').choices(['detect-secrets']),
    )
    .option('--update-baseline', 'write an entry for each finding, to be given a reason')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Without an option it looks at the work tree: what git tracks, and what "git add" would take. In a project the rules know
the names of the catalog. It exits with 1 when it finds something, and never prints a value. detect-secrets takes part
where there is Python 3.10 or newer.

Examples:
  nivesh-secrets scan
  nivesh-secrets scan --staged
  nivesh-secrets scan --all --require detect-secrets
  nivesh-secrets scan --update-baseline`,
    )
    .action(run);
}

async function run(flags: ScanFlags): Promise<void> {
  await scan(scopeOf(flags), flags);
}

function scopeOf({ staged, history, all }: ScanFlags): ScanScope {
  const scopes: ScanScope[] = [
    ...(staged ? ['staged' as const] : []),
    ...(history ? ['history' as const] : []),
    ...(all ? ['all' as const] : []),
  ];
  if (scopes.length > 1) {
    throw usageError('"--staged", "--history" and "--all" are three scans', 'give one of them');
  }
  return scopes[0] ?? 'workTree';
}

/** Days until an entry of the baseline expires, unless somebody changes that. */
const entryDays = 90;

async function scan(scope: ScanScope, flags: ScanFlags): Promise<void> {
  const [{ scanRepository, unusedEntries, updateBaseline }, { printScan, printScanJson }] = await Promise.all([
    import('./scan-repository.js'),
    import('./scan-report.js'),
  ]);
  const found = await scanRepository(scope, flags.require === 'detect-secrets');
  if (flags.updateBaseline) {
    const expires = new Date(Date.now() + entryDays * 86_400_000);
    const { entries } = await updateBaseline(found, scope, expires);
    const toExplain = entries.filter(({ reason }) => reason.trim() === '').length;
    print(`the baseline has ${entries.length} entries, ${toExplain} of them without a reason: write one in each`);
    return;
  }
  const unused = unusedEntries(found, scope);
  (flags.json ? printScanJson : printScan)(found, unused);
}
