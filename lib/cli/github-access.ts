import { SecretValue } from '../values/secret-value';

/** How the environment says that GitHub is reached. */
export interface GithubEnvironment {
  /** @default - only gh is logged in */
  readonly token?: SecretValue;
  /** @default - GitHub's own */
  readonly api?: string;
}

/** GITHUB_TOKEN or GH_TOKEN, and GITHUB_API_URL for GitHub Enterprise. */
export function githubEnvironment(): GithubEnvironment {
  const token = process.env.GITHUB_TOKEN ?? process.env.GH_TOKEN ?? '';
  const api = process.env.GITHUB_API_URL ?? '';
  return { ...(token === '' ? {} : { token: new SecretValue(token) }), ...(api === '' ? {} : { api }) };
}
