import { z } from 'zod';
import { environmentError } from '../cli/errors';
import { type GithubAnswer, type GithubApi, refusal } from '../ci/github-api';

/** A setting of a repository that keeps secrets out of it. */
interface Feature {
  /** Its name in the REST API. */
  readonly key: (typeof keys)[number];
  readonly title: string;
  /** Whether a repository without it is a finding; the others are sold with GitHub Secret Protection only. */
  readonly required: boolean;
  /** Whether the REST API documents how to turn it on for one repository. */
  readonly settable: boolean;
}

const keys = [
  'secret_scanning',
  'secret_scanning_push_protection',
  'secret_scanning_non_provider_patterns',
  'secret_scanning_validity_checks',
] as const;

/** In the order in which they can be turned on: each needs the first. */
const features: readonly Feature[] = [
  { key: 'secret_scanning', title: 'secret scanning', required: true, settable: true },
  { key: 'secret_scanning_push_protection', title: 'push protection', required: true, settable: true },
  { key: 'secret_scanning_non_provider_patterns', title: 'non-provider patterns', required: false, settable: true },
  { key: 'secret_scanning_validity_checks', title: 'validity checks', required: false, settable: false },
];

/** `unavailable`: GitHub does not list it for this repository, so its plan does not have it. */
type Status = 'enabled' | 'disabled' | 'unavailable';

/** One setting as GitHub shows it. */
export interface FeatureState extends Feature {
  readonly status: Status;
  /** It was turned on by this run. */
  readonly changed?: boolean;
  /** Why it could not be turned on. */
  readonly refused?: string;
}

/** What GitHub does against secrets in one repository. */
export interface Protection {
  /** `owner/name` */
  readonly repository: string;
  readonly visibility: string;
  readonly features: readonly FeatureState[];
}

const setting = z.object({ status: z.string() }).optional();
const repositoryAnswer = z.object({
  visibility: z.string().optional(),
  private: z.boolean(),
  permissions: z.object({ admin: z.boolean() }).optional(),
  security_and_analysis: z
    .object(Object.fromEntries(keys.map((key) => [key, setting])) as Record<Feature['key'], typeof setting>)
    .nullish(),
});
type RepositoryAnswer = z.infer<typeof repositoryAnswer>;

/**
 * Reads the settings (https://docs.github.com/en/rest/repos/repos#get-a-repository).
 * @param repository `owner/name`
 * @throws CliError when the repository is not there, or the token may not see its settings
 */
export async function readProtection(api: GithubApi, repository: string): Promise<Protection> {
  const answer = await api.request('GET', `repos/${repository}`);
  if (!answer.ok) {
    const fix = 'check the name, and use a token that may read this repository';
    throw refusal(`to show ${repository}`, answer, fix);
  }
  const read = api.read(repositoryAnswer, answer);
  // Only administrators, owners and security managers are shown the settings. A private repository of a plan that does
  // not have them has none to show.
  if (!read.security_and_analysis && !(read.private && read.permissions?.admin === true)) {
    throw environmentError(
      `GitHub does not show the security settings of ${repository} to this token`,
      'use a token of an administrator with the permission "Administration: read"; to change them, "write"',
    );
  }
  return {
    repository,
    visibility: read.visibility ?? (read.private ? 'private' : 'public'),
    features: features.map((feature) => ({ ...feature, status: statusOf(read, feature) })),
  };
}

function statusOf({ security_and_analysis }: RepositoryAnswer, { key }: Feature): Status {
  const status = security_and_analysis?.[key]?.status;
  return status === undefined ? 'unavailable' : status === 'enabled' ? 'enabled' : 'disabled';
}

/**
 * Turns on what is off, one setting a request, so that one that the plan does not have keeps none of the others off
 * (https://docs.github.com/en/rest/repos/repos#update-a-repository).
 * @throws CliError when the token may not change settings
 */
export async function enableProtection(api: GithubApi, protection: Protection): Promise<Protection> {
  const done: FeatureState[] = [];
  for (const state of protection.features) {
    const needed = done[0];
    if (state.status === 'enabled' || !state.settable) {
      done.push(state);
    } else if (needed && needed.status !== 'enabled') {
      done.push({ ...state, refused: `it needs ${needed.title}` });
    } else {
      done.push(await enable(api, protection.repository, state, done));
    }
  }
  return { ...protection, features: done };
}

async function enable(
  api: GithubApi,
  repository: string,
  state: FeatureState,
  before: readonly FeatureState[],
): Promise<FeatureState> {
  const answer = await api.request('PATCH', `repos/${repository}`, {
    security_and_analysis: { [state.key]: { status: 'enabled' } },
  });
  if (answer.status === 422) {
    return { ...state, refused: `GitHub says: ${answer.message === '' ? 'no reason' : answer.message}` };
  }
  if (!answer.ok) {
    throw refusedRight(repository, state, answer, before);
  }
  const status = statusOf(api.read(repositoryAnswer, answer), state);
  return status === 'enabled'
    ? { ...state, status, changed: true }
    : // GitHub answers like this for settings that the plan does not have.
      { ...state, status, refused: 'GitHub took the change and left it off' };
}

function refusedRight(
  repository: string,
  { title }: FeatureState,
  answer: GithubAnswer,
  before: readonly FeatureState[],
): Error {
  const changed = before.filter((state) => state.changed).map((state) => state.title);
  const after = changed.length === 0 ? '' : ` after turning on ${changed.join(', ')}`;
  return refusal(
    `to turn on ${title} of ${repository}${after}`,
    answer,
    'use a token of an administrator with the permission "Administration: write" on this repository',
  );
}
