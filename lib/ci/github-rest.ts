import { fetch, type Response } from 'undici';
import { z } from 'zod';
import { environmentError, usageError } from '../cli/errors';
import type { SecretValue } from '../values/secret-value';
import { reasonOf } from '../vault/client';
import { sealForGithub } from './sealed-box';
import { type CiPlace, type CiStore, describePlace, secretsPath, type StoredSecret } from './store';

/** Where GitHub's REST API is, and who asks. */
export interface GithubConnection extends CiPlace {
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
const errorAnswer = z.object({ message: z.string() });
const publicKeyAnswer = z.object({ key_id: z.string(), key: z.string() });
type PublicKey = z.infer<typeof publicKeyAnswer>;

/** The most that one page can have. */
const pageSize = 100;

/** GitHub's REST API for secrets (https://docs.github.com/en/rest/actions/secrets). */
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
    this.#base = `${api}/${secretsPath(connection)}`;
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
    const { token, timeoutMs = 15_000 } = this.connection;
    const response = await fetch(`${this.#base}${path}`, {
      method,
      // A redirect would carry the token elsewhere; a repository that moved has to be declared anew.
      redirect: 'manual',
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
      const said = errorAnswer.safeParse(parseJson(text)).data?.message.split('\n')[0]?.slice(0, 200) ?? '';
      throw environmentError(
        `GitHub refused ${method} of the secrets of ${describePlace(this.connection)} (${response.status})${said === '' ? '' : `: ${said}`}`,
        limitOf(response) ?? fixOf(response.status, this.connection),
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

/**
 * When to come back after too many requests; nothing where that was not the reason
 * (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
function limitOf({ status, headers }: Response): string | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const spent = headers.get('x-ratelimit-remaining') === '0';
  if (![403, 429].includes(status) || (!spent && Number.isNaN(seconds) && status !== 429)) {
    return undefined;
  }
  const reset = Number.isNaN(seconds) ? Number(headers.get('x-ratelimit-reset')) * 1000 : Date.now() + seconds * 1000;
  return `there were too many requests: run it again ${reset > 0 ? `after ${new Date(reset).toISOString()}` : 'in a minute'}`;
}

function fixOf(status: number, { environment }: CiPlace): string {
  switch (status) {
    case 301:
    case 307:
    case 308:
      return 'the repository was renamed or moved: declare where it is now';
    case 401:
      return 'the token is not valid: set GITHUB_TOKEN or GH_TOKEN to one that is';
    case 403:
    case 404:
      return environment === undefined
        ? 'use a token with the permission "Secrets: write" on this repository, and check its name'
        : 'use a token with the permission "Environments: write" on this repository, and check both names; the environment has to exist';
    case 422:
      return 'check the names of the secrets';
    default:
      return 'try again later';
  }
}
