import { z } from 'zod';
import { environmentError } from '../cli/errors';
import { reasonOf } from '../error-reason';
import type { SecretValue } from '../values/secret-value';
import { type GithubAccess, GithubApi, refusal } from './github-api';
import { sealForGithub } from './sealed-box';
import { type CiPlace, type CiStore, describePlace, secretsPath, type StoredSecret } from './store';

/** Where GitHub's REST API is, who asks, and for which secrets. */
export interface GithubConnection extends CiPlace, GithubAccess {}

const secretsPage = z.object({
  total_count: z.number(),
  secrets: z.array(z.object({ name: z.string(), updated_at: z.string() })),
});
const publicKeyAnswer = z.object({ key_id: z.string(), key: z.string() });
type PublicKey = z.infer<typeof publicKeyAnswer>;

/** The most that one page can have. */
const pageSize = 100;

/** GitHub's REST API for secrets (https://docs.github.com/en/rest/actions/secrets). */
export class GithubRestStore implements CiStore {
  readonly description: string;
  readonly #api: GithubApi;
  #publicKey: PublicKey | undefined;

  /** @throws CliError for an address that would carry the token in plain text */
  constructor(private readonly connection: GithubConnection) {
    this.#api = new GithubApi(connection);
    this.description = this.#api.description;
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
    const answer = await this.#api.request(method, `${secretsPath(this.connection)}${path}`, body);
    if (!answer.ok) {
      const what = `${method} of the secrets of ${describePlace(this.connection)}`;
      throw refusal(what, answer, fixOf(answer.status, this.connection));
    }
    return this.#api.read(shape, answer);
  }
}

function fixOf(status: number, { environment }: CiPlace): string {
  switch (status) {
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
