import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenReviewer } from '../../lib/catalog';
import { prepareVault, type PreparedVault, type PrepareVaultOptions } from '../../lib/vault/prepare-vault';
import { mountDescription } from '../../lib/vault/secrets-mount';
import { temporaryFolder } from '../embedded/support/temporary';
import { shopEnvironment } from '../support/environment';
import { type FakeAnswers, FakeVault } from '../support/fake-vault';

const none = { 'GET sys/mounts': () => ({}) };
const token = ['header', 'payload', 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('prepareVault', () => {
  const folder = temporaryFolder();
  let vault: FakeVault | undefined;

  afterEach(async () => {
    await vault?.stop();
  });

  async function prepare(
    answers: FakeAnswers,
    options: Partial<PrepareVaultOptions> & { readonly reviewer?: TokenReviewer } = {},
  ): Promise<PreparedVault & { readonly calls: () => string[] }> {
    const started = await FakeVault.start(answers);
    vault = started;
    const { reviewer = 'client-jwt', ...rest } = options;
    const environment = shopEnvironment({ vault: { auth: { reviewer } } });
    const prepared = await prepareVault(environment, started.connection, {
      adoptMount: false,
      preview: false,
      ...rest,
    });
    return { ...prepared, calls: () => started.calls };
  }

  function tokenFile(): string {
    const file = join(folder(), 'token');
    writeFileSync(file, token);
    return file;
  }

  it('only looks', async () => {
    const { calls, ...prepared } = await prepare(none);
    expect(prepared).toEqual({ takeOverMount: false });
    expect(calls()).toEqual(['GET sys/mounts']);
  });

  it('finds the mount that an earlier stack left', async () => {
    const left = { type: 'kv', options: { version: '2' }, description: mountDescription('shop') };
    const { takeOverMount } = await prepare({ 'GET sys/mounts': () => ({ 'secret/': left }) });
    expect(takeOverMount).toBe(true);
  });

  it('fails in one line when Vault does not answer', async () => {
    const connection = { address: 'http://127.0.0.1:9', token: 'root' };
    const failure = prepareVault(shopEnvironment(), connection, { adoptMount: false, preview: false });
    await expect(failure).rejects.toThrow(/^vault at http:\/\/127\.0\.0\.1:9 cannot be reached: [^\n]+$/);
  });

  describe('with a token reviewer', () => {
    const configured = (isSet: boolean): FakeAnswers => ({
      ...none,
      'GET sys/auth': () => ({ 'kubernetes/': {} }),
      'GET auth/kubernetes/config': () => ({ token_reviewer_jwt_set: isSet }),
      'POST auth/kubernetes/config': () => ({}),
    });
    const reviewer = 'token-reviewer-jwt';

    it('brings the token to Vault, when a stack asks for it', async () => {
      const { tokenReviewer, calls } = await prepare(configured(true), { reviewer, tokenReviewerFile: tokenFile() });
      expect(calls()).not.toContain('POST auth/kubernetes/config');
      await tokenReviewer?.check();
      await tokenReviewer?.write();
      expect(calls().at(-1)).toBe('POST auth/kubernetes/config');
      expect(vault?.requests.at(-1)?.body).toMatchObject({ token_reviewer_jwt: token });
    });

    it('writes a token again that Vault has lost, which no resource could see', async () => {
      const { calls } = await prepare(configured(false), { reviewer, tokenReviewerFile: tokenFile() });
      expect(calls().at(-1)).toBe('POST auth/kubernetes/config');
    });

    it('writes nothing in a preview', async () => {
      const { calls } = await prepare(configured(false), { reviewer, preview: true, tokenReviewerFile: tokenFile() });
      expect(calls()).toEqual(['GET sys/mounts']);
    });

    it('fails the check, before anything is changed, where the token is missing', async () => {
      const { tokenReviewer } = await prepare(configured(true), { reviewer });
      await expect(tokenReviewer?.check()).rejects.toThrow(/VAULT_TOKEN_REVIEWER_JWT_FILE is not set/);
    });
  });
});
