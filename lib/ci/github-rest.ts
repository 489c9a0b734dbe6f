import { fetch } from 'undici';
import { z } from 'zod';
import { environmentError, usageError } from '../cli/errors';
import type { SecretValue } from '../values/secret-value';
import { reasonOf } from '../vault/client';
import { sealForGithub } from './sealed-box';
import type { CiStore, StoredSecret } from './store';

/** Where GitHub's REST API is, and who asks. */
export interface GithubConnection {
  /** `owner/name`. */
  readonly repository: string;
  readonly token: SecretValue;
  /** @default 'https://api.github.com' */
  readonly api?: string;
  /** @default 15_000 */
  readonly timeoutMs?: number;
}

const secretsPage = z.object({
  total_count: z.number(),
  secrets: z.array(z.object({ name: z.string(), updated_at: z.string() })),
});
const publicKeyAnswer = z.object({ key_id: z.string(), key: z.string() });
type PublicKey = z.infer<typeof publicKeyAnswer>;

/** The most that one page can have. */
const pageSize = 100;

/** GitHub's REST API for repository secrets (https://docs.github.com/en/rest/actions/secrets). */
export class GithubRestStore implements CiStore {
  readonly description: string;
  readonly #base: string;
  #publicKey: PublicKey | undefined;

  /** @throws CliError for an address that would carry the token in plain text */
  constructor(private readonly connection: GithubConnection) {
    const api = (connection.api ?? 'https://api.github.com').replace(/\/$/, '');
    if (!api.startsWith('https://') && !/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(api)) {
      throw usageError(`${api} is not an https address`, 'correct GITHUB_API_URL');
    }
    this.description = `GitHub's REST API (${api})`;
    this.#base = `${api}/repos/${connection.repository}/actions/secrets`;
  }

  async list(): Promise<StoredSecret[]> {
    const secrets: StoredSecret[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.request(secretsPage, 'GET', `?per_page=${pageSize}&page=${page}`);
      secrets.push(...answer.secrets.map(({ name, updated_at }) => ({ name, updatedAt: new Date(updated_at) })));
      if (answer.secrets.length < pageSize || secrets.length >= answer.total_count) {
        return secrets;
      }
    }
  }

  async set(name: string, value: SecretValue): Promise<void> {
    this.#publicKey ??= await this.request(publicKeyAnswer, 'GET', '/public-key');
    const { key, key_id } = this.#publicKey;
    const encrypted_value = await sealForGithub(value, key).catch((error: unknown) => {
      throw environmentError(`GitHub's public key is not usable: ${reasonOf(error)}`, 'try again later');
    });
    await this.request(z.unknown(), 'PUT', `/${name}`, { encrypted_value, key_id });
  }

  private async request<T>(shape: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> {
    const { token, repository, timeoutMs = 15_000 } = this.connection;
    const response = await fetch(`${this.#base}${path}`, {
      method,
      // A redirect would carry the token elsewhere; a repository that moved has to be declared anew.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${token.reveal()}`,
        'User-Agent': 'nivesh-secrets',
        'X-GitHub-Api-Version': '2022-11-28',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw environmentError(
        `${this.description} cannot be reached: ${reasonOf(error)}`,
        'check the network and the address',
      );
    });
    const text = await response.text();
    if (!response.ok) {
      throw environmentError(
        `GitHub refused ${method} of the secrets of ${repository} (${response.status})`,
        fixOf(response.status),
      );
    }
    const parsed = shape.safeParse(parseJson(text));
    if (!parsed.success) {
      throw environmentError(`${this.description} gave an answer of another form`, 'check GITHUB_API_URL');
    }
    return parsed.data;
  }
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fixOf(status: number): string {
  switch (status) {
    case 401:
      return 'the token is not valid: set GITHUB_TOKEN or GH_TOKEN to one that is';
    case 403:
    case 404:
      return 'use a token with the permission "Secrets: write" on this repository, and check its name';
    case 422:
      return 'check the names of the secrets';
    default:
      return 'try again later';
  }
}
