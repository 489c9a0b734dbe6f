import { fetch, type Response } from 'undici';
import { z } from 'zod';
import { type CliError, environmentError, usageError } from '../cli/errors';
import { reasonOf } from '../error-reason';
import { parseJson } from '../plain-data';
import type { SecretValue } from '../values/secret-value';

/** Where GitHub's REST API is, and who asks. */
export interface GithubAccess {
  readonly token: SecretValue;
  /** @default 'https://api.github.com' */
  readonly api?: string;
  /** @default 15_000 */
  readonly timeoutMs?: number;
}

/** What GitHub answered. */
export interface GithubAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** Parsed; nothing for an answer that is no JSON. */
  readonly body: unknown;
  /** Its reason in one line; empty where it gave none. */
  readonly message: string;
  /** When to come back after too many requests. @default - that is not why it refused */
  readonly limit?: string;
}

const errorAnswer = z.object({ message: z.string() });

/** GitHub's REST API (https://docs.github.com/en/rest): one request, and what came of it. */
export class GithubApi {
  readonly description: string;
  readonly #base: string;

  /** @throws CliError for an address that would carry the token in plain text */
  constructor(private readonly access: GithubAccess) {
    this.#base = (access.api ?? 'https://api.github.com').replace(/\/$/, '');
    if (!/^https:\/\/|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(this.#base)) {
      throw usageError(`${this.#base} is not an https address`, 'correct GITHUB_API_URL');
    }
    this.description = `GitHub's REST API (${this.#base})`;
  }

  /**
   * @param path from the root of the API, without its first slash
   * @throws CliError when it cannot be reached
   */
  async request(method: string, path: string, body?: unknown): Promise<GithubAnswer> {
    const { token, timeoutMs = 15_000 } = this.access;
    const response = await fetch(`${this.#base}/${path}`, {
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
    const { ok, status } = response;
    const parsed = parseJson(await response.text());
    const message = errorAnswer.safeParse(parsed).data?.message.split('\n')[0]?.slice(0, 200) ?? '';
    const limit = limitOf(response);
    return { ok, status, body: parsed, message, ...(limit === undefined ? {} : { limit }) };
  }

  /** @throws CliError for an answer of another form */
  read<T>(shape: z.ZodType<T>, { body }: GithubAnswer): T {
    const parsed = shape.safeParse(body);
    if (!parsed.success) {
      throw environmentError(`${this.description} gave an answer of another form`, 'check GITHUB_API_URL');
    }
    return parsed.data;
  }
}

/**
 * Why GitHub refused, and how to go on.
 * @param what was refused
 * @param fix what mends it, unless there were too many requests or the repository moved
 */
export function refusal(what: string, { status, message, limit }: GithubAnswer, fix: string): CliError {
  return environmentError(
    `GitHub refused ${what} (${status})${message === '' ? '' : `: ${message}`}`,
    limit ?? commonFix(status) ?? fix,
  );
}

function commonFix(status: number): string | undefined {
  switch (status) {
    case 301:
    case 307:
    case 308:
      return 'the repository was renamed or moved: declare where it is now';
    case 401:
      return 'the token is not valid: set GITHUB_TOKEN or GH_TOKEN to one that is';
    default:
      return status >= 500 ? 'try again later' : undefined;
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
