import { type Problem, quoted } from '../../catalog';
import { mapOf, parseJson } from '../../plain-data';

/** Lock files and what installs exactly what they say, without running scripts of packages. */
const commands: ReadonlyMap<string, string> = new Map([
  ['package-lock.json', 'npm ci --ignore-scripts --no-audit --no-fund'],
  ['npm-shrinkwrap.json', 'npm ci --ignore-scripts --no-audit --no-fund'],
  ['pnpm-lock.yaml', 'corepack enable && pnpm install --frozen-lockfile --ignore-scripts'],
]);

/** Files that say how packages are installed. */
export const lockFiles: readonly string[] = [...commands.keys()];

/** The command that installs the packages of a project, or why there is none. */
export interface InstallCommand {
  readonly command: string;
  readonly problems: readonly Problem[];
}

/**
 * Finds out how a workflow gets the program.
 * @param manifest text of package.json @default - there is none
 * @param present files that lie beside it
 */
export function installCommand(manifest: string | undefined, present: ReadonlySet<string>): InstallCommand {
  const problems: Problem[] = [];
  const { name, dependencies, devDependencies } = mapOf(parseJson(manifest ?? ''));
  const declared = { ...mapOf(dependencies), ...mapOf(devDependencies) };
  if (name !== 'nivesh-secrets' && !('nivesh-secrets' in declared)) {
    problems.push({
      path: 'package.json',
      what: 'the hook and the workflow run nivesh-secrets, and it is no dependency',
      got: manifest === undefined ? 'no such file' : quoted(Object.keys(declared).join(', ')),
      allowed: 'nivesh-secrets in "dependencies" or "devDependencies"',
      fix: 'install it in the top folder of the repository',
    });
  }
  const lockFile = lockFiles.find((file) => present.has(file));
  if (lockFile === undefined) {
    problems.push({
      path: 'package.json',
      what: 'no lock file says which packages the workflow installs',
      got: 'none',
      allowed: lockFiles.join(', '),
      fix: 'run "npm install" and commit package-lock.json',
    });
  }
  return { command: commands.get(lockFile ?? '') ?? '', problems };
}
