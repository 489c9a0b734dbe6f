import type { Answer } from './fake-github';

/** Settings that the endpoint documents as ones that can be changed. */
const changeable = [
  'secret_scanning',
  'secret_scanning_push_protection',
  'secret_scanning_non_provider_patterns',
] as const;

/**
 * What GitHub's endpoints of a repository show and change of its security settings
 * (https://docs.github.com/en/rest/repos/repos#get-a-repository and #update-a-repository).
 */
export class FakeGithubSettings {
  isPrivate = false;
  /** Whether the token is that of an administrator; nobody else is shown the settings. */
  isAdmin = true;
  /** @default - the plan has none, and GitHub shows null */
  status: Record<string, 'enabled' | 'disabled'> | undefined = {
    dependabot_security_updates: 'disabled',
    secret_scanning: 'disabled',
    secret_scanning_push_protection: 'disabled',
    secret_scanning_non_provider_patterns: 'disabled',
    secret_scanning_validity_checks: 'disabled',
  };
  /** What GitHub says to a change that it refuses with 422. */
  readonly refused = new Map<string, string>();
  /** Changes that GitHub takes without doing anything. */
  readonly ignored = new Set<string>();
  /** GitHub's answer to every change. @default - it is made */
  refusal: Answer | undefined;

  show(repository: string): Answer {
    const status = Object.entries(this.status ?? {}).map(([key, value]) => [key, { status: value }] as const);
    return {
      status: 200,
      body: {
        full_name: repository,
        private: this.isPrivate,
        visibility: this.isPrivate ? 'private' : 'public',
        permissions: { admin: this.isAdmin, pull: true },
        ...(this.isAdmin ? { security_and_analysis: this.status ? Object.fromEntries(status) : null } : {}),
      },
    };
  }

  change(repository: string, body: string): Answer {
    if (!this.isAdmin) {
      return { status: 404, body: { message: 'Not Found' } };
    }
    if (this.refusal) {
      return this.refusal;
    }
    const { security_and_analysis: wanted, ...others } = JSON.parse(body) as {
      security_and_analysis?: Record<string, { status: 'enabled' | 'disabled' }>;
    };
    const changes = Object.entries(wanted ?? {});
    if (Object.keys(others).length > 0 || changes.some(([key]) => !(changeable as readonly string[]).includes(key))) {
      throw new Error(`the test server has no such change: ${body}`);
    }
    // One refusal refuses the whole request.
    for (const [key] of changes) {
      const message =
        this.refused.get(key) ??
        (key === 'secret_scanning_push_protection' && this.status?.secret_scanning !== 'enabled'
          ? 'Secret scanning must be enabled to enable push protection.'
          : undefined);
      if (message !== undefined) {
        return { status: 422, body: { message, documentation_url: 'https://docs.github.com/rest' } };
      }
    }
    for (const [key, { status }] of changes) {
      if (this.status && !this.ignored.has(key)) {
        this.status[key] = status;
      }
    }
    return this.show(repository);
  }
}
