import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { SecretValue } from '../../lib/values/secret-value';
import { VaultClient } from '../../lib/vault/client';
import { lacksTokenReviewer, readTokenReviewer, writeTokenReviewer } from '../../lib/vault/token-reviewer';
import { temporaryFolder } from '../embedded/support/temporary';
import { shapedCertificate } from '../support/certificate';
import { shopEnvironment } from '../support/environment';
import { type FakeAnswers, FakeVault } from '../support/fake-vault';

const { auth } = shopEnvironment({
  vault: {
    auth: { reviewer: 'token-reviewer-jwt', kubernetesHost: 'https://api:6443', kubernetesCaCert: shapedCertificate },
  },
}).delivery.vault;

/** Shaped like a token; signed by nobody. */
const token = ['header', 'payload', 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('readTokenReviewer', () => {
  const folder = temporaryFolder();

  it('reads the token, and shows it to nobody', async () => {
    const file = join(folder(), 'token');
    writeFileSync(file, `${token}\n`);
    const read = await readTokenReviewer(file);
    expect(read.reveal()).toBe(token);
    expect(`${inspect(read)} ${JSON.stringify(read)} ${read.toString()}`).not.toContain(token);
  });

  it.each([undefined, ''])('fails without a file, got %j', async (file) => {
    await expect(readTokenReviewer(file)).rejects.toThrow(
      'the reviewer token-reviewer-jwt needs a token, and VAULT_TOKEN_REVIEWER_JWT_FILE is not set; set VAULT_TOKEN_REVIEWER_JWT_FILE to a file with the token of a service account that is bound to system:auth-delegator, or choose the reviewer client-jwt, which needs no token',
    );
  });

  it('fails for a file that cannot be read', async () => {
    await expect(readTokenReviewer(join(folder(), 'none'))).rejects.toThrow(
      /^VAULT_TOKEN_REVIEWER_JWT_FILE names a file that cannot be read: .*ENOENT/,
    );
  });

  it('fails for a file that holds something else, without showing it', async () => {
    const file = join(folder(), 'token');
    writeFileSync(file, 'not a token');
    const failure = readTokenReviewer(file);
    await expect(failure).rejects.toThrow(/holds no token, got 11 characters, allowed: three parts joined by "."/);
    await expect(failure).rejects.not.toThrow(/not a token/);
  });
});

describe('writeTokenReviewer', () => {
  it('sends the rest of the configuration with it, because Vault replaces all of it', async () => {
    await withVault({ 'POST auth/kubernetes/config': () => ({}) }, async (client, vault) => {
      await writeTokenReviewer(client, auth, new SecretValue(token));
      expect(vault.requests).toEqual([
        {
          call: 'POST auth/kubernetes/config',
          token: 'root',
          body: {
            kubernetes_host: 'https://api:6443',
            kubernetes_ca_cert: shapedCertificate,
            disable_local_ca_jwt: true,
            disable_iss_validation: true,
            token_reviewer_jwt: token,
          },
        },
      ]);
    });
  });
});

describe('lacksTokenReviewer', () => {
  const mounted = { 'GET sys/auth': () => ({ 'kubernetes/': {}, 'token/': {} }) };

  it.each([
    ['is set', true, false],
    ['was lost', false, true],
  ])('sees that the token %s', async (_, isSet, lacks) => {
    const answers = { ...mounted, 'GET auth/kubernetes/config': () => ({ token_reviewer_jwt_set: isSet }) };
    await withVault(answers, async (client) => {
      expect(await lacksTokenReviewer(client, auth)).toBe(lacks);
    });
  });

  it('misses nothing where the method is not configured yet', async () => {
    await withVault({ ...mounted, 'GET auth/kubernetes/config': 404 }, async (client) => {
      expect(await lacksTokenReviewer(client, auth)).toBe(false);
    });
  });

  it('misses nothing where the method is not enabled yet', async () => {
    await withVault({ 'GET sys/auth': () => ({ 'token/': {} }) }, async (client, vault) => {
      expect(await lacksTokenReviewer(client, auth)).toBe(false);
      expect(vault.calls).toEqual(['GET sys/auth']);
    });
  });
});

async function withVault(
  answers: FakeAnswers,
  use: (client: VaultClient, vault: FakeVault) => Promise<void>,
): Promise<void> {
  const vault = await FakeVault.start(answers);
  const client = new VaultClient(vault.connection);
  try {
    await use(client, vault);
  } finally {
    await client.close();
    await vault.stop();
  }
}
