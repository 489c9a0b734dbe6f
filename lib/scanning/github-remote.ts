/** A repository on GitHub. */
export interface GithubRemote {
  /** `github.com`, or that of GitHub Enterprise. */
  readonly host: string;
  /** `owner/name` */
  readonly repository: string;
}

/** `owner/name` as GitHub allows it. */
export const repositoryName = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/;

/**
 * Reads the address of a git remote: `https://`, `ssh://`, or git's short form `git@host:owner/name`
 * (https://git-scm.com/docs/git-clone#_git_urls).
 */
export function parseRemote(address: string): GithubRemote | undefined {
  const short = /^(?:[^@/:]+@)?([^@/:]+):(?!\/)(.+)$/.exec(address);
  const url = short ? undefined : parseUrl(address);
  const host = short?.[1] ?? url?.hostname;
  const repository = (short?.[2] ?? url?.pathname.slice(1) ?? '').replace(/\/$/, '').replace(/\.git$/, '');
  return host !== undefined && host !== '' && repositoryName.test(repository) ? { host, repository } : undefined;
}

function parseUrl(address: string): URL | undefined {
  try {
    const url = new URL(address);
    return ['https:', 'ssh:', 'git:', 'http:'].includes(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
