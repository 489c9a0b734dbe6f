import { type VaultAnswer, VaultClient, VaultError } from '../../../../lib/vault/client';

/** What Vault answers to `METHOD path`: data, or an error. */
export type Answers = Readonly<Record<string, object | VaultError>>;

/** A Vault that answers what it was told, records what it got, and throws on anything else. */
export class FakeVault extends VaultClient {
  readonly requests: (readonly [request: string, body?: unknown])[] = [];

  constructor(private readonly answers: Answers) {
    super({ address: 'https://vault.test', token: 'unused' });
  }

  override request<T>(method: string, path: string, body?: unknown): Promise<VaultAnswer<T>> {
    const request = `${method} ${path}`;
    this.requests.push(body === undefined ? [request] : [request, body]);
    const answer = this.answers[request];
    if (answer === undefined) {
      throw new Error(`unexpected request ${request}`);
    }
    return answer instanceof VaultError
      ? Promise.reject(answer)
      : Promise.resolve({ data: answer } as unknown as VaultAnswer<T>);
  }
}
