import { Command, Option } from 'commander';
import { usageError } from './errors';
import { print } from './output';
import type { ScanGithubFlags } from './scan-github';
import type { ScanInstallFlags } from './scan-install';
import type { ScanScope } from './scan-repository';

interface ScanFlags extends ScanGithubFlags, ScanInstallFlags {
  readonly staged?: boolean;
  readonly history?: boolean;
  readonly all?: boolean;
  readonly require?: 'detect-secrets';
  readonly updateBaseline?: boolean;
  readonly selfTest?: boolean;
  readonly install?: boolean;
  readonly github?: boolean;
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
    .option('--self-test', 'prove that the scan finds a generated secret of every kind')
    .option('--install', 'write or complete the pre-commit hook, .gitignore and the workflow of GitHub Actions')
    .option('--dry-run', 'with --install: show the changes, write nothing')
    .option('--github', 'show whether GitHub looks for secrets in the repository and refuses pushes with them')
    .option('--enable', 'with --github: turn on what is off')
    .option('--repository <owner/name>', 'with --github: the repository (default: that of the remote "origin")')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Without an option it looks at the work tree: what git tracks, and what "git add" would take. In a project the rules know
the names of the catalog. It exits with 1 when it finds something, and never prints a value. detect-secrets takes part
where there is Python 3.10 or newer. --install adds to files that are there and replaces nothing. --github needs
GITHUB_TOKEN, GH_TOKEN or a gh that is logged in, of an administrator.

Examples:
  nivesh-secrets scan
  nivesh-secrets scan --staged
  nivesh-secrets scan --all --require detect-secrets
  nivesh-secrets scan --update-baseline
  nivesh-secrets scan --install --dry-run
  nivesh-secrets scan --github --enable`,
    )
    .action(run);
}

/** What it can do, one at a time. */
const modes = ['staged', 'history', 'all', 'selfTest', 'install', 'github'] as const;

/** Options that belong to some of them; `undefined` is the scan of the work tree. */
const companions: Readonly<Record<string, readonly ((typeof modes)[number] | undefined)[]>> = {
  require: [undefined, 'staged', 'history', 'all', 'selfTest'],
  updateBaseline: [undefined, 'staged', 'history', 'all'],
  dryRun: ['install'],
  enable: ['github'],
  repository: ['github'],
};

async function run(flags: ScanFlags): Promise<void> {
  const mode = modeOf(flags);
  switch (mode) {
    case 'install':
      await (await import('./scan-install.js')).scanInstall(flags);
      break;
    case 'github':
      await (await import('./scan-github.js')).scanGithub(flags);
      break;
    case 'selfTest':
      await (await import('./scan-self-test.js')).scanSelfTest(flags.require === 'detect-secrets', flags);
      break;
    default:
      await scan(mode ?? 'workTree', flags);
  }
}

function modeOf(flags: ScanFlags): (typeof modes)[number] | undefined {
  const chosen = modes.filter((mode) => flags[mode]);
  if (chosen.length > 1) {
    throw usageError(`${chosen.map(optionOf).join(' and ')} are different things to do`, 'give one of them');
  }
  const [mode] = chosen;
  for (const [option, allowed] of Object.entries(companions)) {
    if (option in flags && !allowed.includes(mode)) {
      const fix = allowed.includes(undefined)
        ? `leave out ${optionOf(option)}`
        : `add ${allowed.map(String).map(optionOf).join()}`;
      throw usageError(
        mode === undefined
          ? `${optionOf(option)} was given without ${allowed.map(String).map(optionOf).join()}`
          : `${optionOf(option)} has no meaning with ${optionOf(mode)}`,
        fix,
      );
    }
  }
  return mode;
}

/** `selfTest` as it is written: `"--self-test"`. */
function optionOf(flag: string): string {
  return `"--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}"`;
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
