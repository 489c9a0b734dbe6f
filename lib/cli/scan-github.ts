import { GithubApi } from '../ci/github-api';
import { githubCliToken } from '../ci/github-cli';
import { enableProtection, type FeatureState, type Protection, readProtection } from '../scanning/github-protection';
import { parseRemote, repositoryName } from '../scanning/github-remote';
import { usageError } from './errors';
import { type PrintedFinding, printFindings, printFindingsJson } from './findings';
import { git } from './git-checkout';
import { githubEnvironment } from './github-access';
import { print, table } from './output';

/** Options of `nivesh-secrets scan --github`. */
export interface ScanGithubFlags {
  readonly enable?: boolean;
  readonly repository?: string;
  readonly json?: boolean;
}

/** Shows, and with `enable` sets, what GitHub does against secrets; a required setting that is off is a finding. */
export async function scanGithub(flags: ScanGithubFlags): Promise<void> {
  const { token = await githubCliToken(), ...server } = githubEnvironment();
  const repository = await repositoryOf(flags.repository, server.api);
  const api = new GithubApi({ ...server, token });
  const found = await readProtection(api, repository);
  show(flags.enable ? await enableProtection(api, found) : found, flags);
}

async function repositoryOf(given: string | undefined, api: string | undefined): Promise<string> {
  if (given !== undefined) {
    if (!repositoryName.test(given)) {
      throw usageError(`--repository "${given}" is not a repository of GitHub, allowed: owner/name`, 'correct it');
    }
    return given;
  }
  const fix = 'name the repository: --repository owner/name';
  const address = await git(process.cwd(), 'remote', 'get-url', 'origin').catch(() => {
    throw usageError('git knows no remote "origin" here', fix);
  });
  const remote = parseRemote(address);
  if (!remote) {
    // An address may carry a password.
    throw usageError('the remote "origin" is not a repository of GitHub', fix);
  }
  if (remote.host !== 'github.com' && remote.host !== 'ssh.github.com' && api === undefined) {
    throw usageError(
      `the remote "origin" is on ${remote.host}, and no address of its REST API is known`,
      `set GITHUB_API_URL, for GitHub Enterprise https://${remote.host}/api/v3`,
    );
  }
  return remote.repository;
}

function show(protection: Protection, { json, enable }: ScanGithubFlags): void {
  const { repository, visibility, features } = protection;
  const findings = features
    .filter(({ required, status }) => required && status !== 'enabled')
    .map((state) => ({ rule: state.key, ...findingOf(protection, state, enable ?? false) }));
  if (json) {
    const shown = features.map(({ key, status, required, changed = false, refused }) => ({
      name: key,
      status,
      required,
      changed,
      ...(refused === undefined ? {} : { refused }),
    }));
    printFindingsJson({ repository, visibility, features: shown, findings });
    return;
  }
  print(
    table(
      ['SETTING', 'STATUS', ''],
      features.map((state) => [state.title, wordOf(state), remarkOf(state)]),
    ),
  );
  printFindings(findings, `fine: GitHub looks for secrets in ${repository}, and refuses pushes with them`);
}

function wordOf({ status, changed }: FeatureState): string {
  return { enabled: changed ? 'turned on' : 'on', disabled: 'off', unavailable: 'not offered' }[status];
}

function remarkOf({ status, required, settable, refused }: FeatureState): string {
  if (status === 'enabled' || required) {
    return '';
  }
  return ['optional', refused ?? (settable ? undefined : 'set in the settings of the organization or repository')]
    .filter((part) => part !== undefined)
    .join(': ');
}

function findingOf({ repository, visibility }: Protection, state: FeatureState, tried: boolean): PrintedFinding {
  const { title, status, refused } = state;
  const plan =
    visibility === 'public'
      ? 'ask an owner of the organization whether its policy forbids it'
      : 'private repositories need GitHub Secret Protection: buy it, or go by "nivesh-secrets scan" in hook and workflow';
  if (refused !== undefined) {
    return { place: repository, message: `${title} cannot be turned on: ${refused}`, fix: plan };
  }
  return status === 'unavailable'
    ? { place: repository, message: `GitHub does not offer ${title} for this ${visibility} repository`, fix: plan }
    : {
        place: repository,
        message: `${title} is off`,
        fix: tried ? plan : 'run "nivesh-secrets scan --github --enable"',
      };
}
