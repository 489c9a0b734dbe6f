import { type Problem, quoted } from '../../catalog';
import { listOf, mapOf } from '../../plain-data';
import type { Merge } from './merge';
import { YamlFile } from './yaml-file';

/** Configuration of https://pre-commit.com, at the top of a repository. */
export const preCommitPath = '.pre-commit-config.yaml';

const yelp = 'https://github.com/Yelp/detect-secrets';
/** The commit of v1.5.0: a tag can be moved. */
const yelpCommit = '01886c8a910c64595c47f186ca1ffc0b77fa5458'; // pragma: allowlist secret
const ownHook = 'nivesh-secrets';

/** `--no-install`: a hook must not run whatever the registry has under that name. */
const ownRepository = `\
repo: local
hooks:
  - id: ${ownHook}
    name: secrets in staged files
    entry: npx --no-install nivesh-secrets scan --staged
    language: system
    pass_filenames: false
`;

function yelpRepository(hasBaseline: boolean): string {
  const baseline = hasBaseline ? '--baseline, .secrets.baseline, ' : '';
  return `\
repo: ${yelp}
rev: ${yelpCommit} # frozen: v1.5.0 # pragma: allowlist secret
hooks:
  - id: detect-secrets
    # Sends nothing that it finds to anybody. The hook above judges names: it knows those of the catalog.
    args: [${baseline}--no-verify, --disable-plugin, KeywordDetector]
    # Fingerprints, which it takes for keys.
    exclude: ^\\.secrets\\.baseline\\.json$
`;
}

/**
 * Adds the two hooks to a configuration of pre-commit, at the end of its list.
 * @param text of the file @default - there is none
 * @param hasBaseline there is a `.secrets.baseline` of detect-secrets, whose entries its hook is to know
 */
export function mergePreCommitConfig(text: string | undefined, hasBaseline = false): Merge {
  const file = YamlFile.parse(
    text === undefined || text.trim() === '' ? '# https://pre-commit.com\nrepos: []\n' : text,
  );
  if (typeof file === 'string') {
    const what = 'the file is not one YAML document';
    return refused(text, [{ path: preCommitPath, what, got: quoted(file), allowed: 'YAML', fix: 'correct it' }]);
  }
  const { repos } = mapOf(file.content);
  if (!Array.isArray(repos)) {
    const allowed = 'a list of repositories with hooks';
    const got = repos === undefined ? 'nothing' : quoted(repos);
    return refused(text, [
      { path: `${preCommitPath}: repos`, what: 'it is not a list', got, allowed, fix: 'write "repos: []"' },
    ]);
  }
  const problems = repos.flatMap((repository, index) => problemsOf(mapOf(repository), `repos[${index}]`));
  if (problems.length > 0) {
    return refused(text, problems);
  }
  const missing = [
    ...(repos.some((repository) => hooksOf(mapOf(repository)).some(({ id }) => id === ownHook)) ? [] : [ownRepository]),
    ...(repos.some((repository) => isYelp(mapOf(repository))) ? [] : [yelpRepository(hasBaseline)]),
  ];
  return { text: missing.reduce((merged, item) => merged.append(['repos'], item), file).text, problems };
}

function refused(text: string | undefined, problems: readonly Problem[]): Merge {
  return { text: text ?? '', problems };
}

function problemsOf(repository: Record<string, unknown>, place: string): Problem[] {
  const path = `${preCommitPath}: ${place}`;
  const own = hooksOf(repository).find(({ id }) => id === ownHook);
  const command = own && [own.entry, ...listOf(own.args)].join(' ');
  const problems: Problem[] = [];
  if (command !== undefined && !/\bnivesh-secrets scan\b.*--staged\b/.test(command)) {
    problems.push({
      path,
      what: `the hook ${ownHook} runs something else`,
      got: quoted(command),
      allowed: 'a command with "nivesh-secrets scan --staged"',
      fix: 'correct its entry, or remove the hook and run this again',
    });
  }
  if (!isYelp(repository)) {
    return problems;
  }
  if (repository.rev !== yelpCommit) {
    problems.push({
      path,
      what: 'detect-secrets is at another version',
      got: quoted(repository.rev),
      allowed: `${yelpCommit} (v1.5.0), for tags can be moved`,
      fix: 'change "rev" to that, or remove the entry and run this again',
    });
  }
  if (!hooksOf(repository).some(({ id }) => id === 'detect-secrets')) {
    problems.push({
      path,
      what: 'detect-secrets has no hook',
      got: quoted(
        hooksOf(repository)
          .map(({ id }) => String(id))
          .join(', '),
      ),
      allowed: 'the hook "detect-secrets"',
      fix: 'remove the entry and run this again',
    });
  }
  return problems;
}

function hooksOf({ hooks }: Record<string, unknown>): Record<string, unknown>[] {
  return listOf(hooks).map(mapOf);
}

function isYelp({ repo }: Record<string, unknown>): boolean {
  return /^(?:https:\/\/|git@|ssh:\/\/git@)github\.com[:/]yelp\/detect-secrets(?:\.git)?\/?$/i.test(String(repo));
}
