import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VaultClient } from '../../lib/vault/client';
import { kubernetesLogin } from '../../lib/vault/kubernetes-login';
import { temporaryFolder } from '../embedded/support/temporary';
import { FakeVault } from '../support/fake-vault';

describe('logging in to Vault from a pod', () => {
  const folder = temporaryFolder();
  const logins: unknown[] = [];
  let vault: FakeVault;
  let now = 0;

  beforeEach(async () => {
    logins.length = 0;
    now = 0;
    vault = await FakeVault.start((method, path, body) => {
      if (`${method} ${path}` === 'GET secret/data/a') {
        return { status: 200, body: { data: {} } };
      }
      if (`${method} ${path}` !== 'POST auth/kubernetes/login') {
        return undefined;
      }
      logins.push(body);
      return { status: 200, body: { auth: { client_token: `token ${logins.length}`, lease_duration: 900 } } };
    });
  });

  afterEach(async () => {
    await vault.stop();
  });

  function jwtFile(): string {
    return join(folder(), 'token');
  }

  function connect(): VaultClient {
    const { address } = vault.connection;
    const options = { mount: 'kubernetes', role: 'app-rotation', jwtFile: jwtFile(), now: () => now };
    return new VaultClient({ address, login: kubernetesLogin({ ...options, connection: { address } }) });
  }

  function tokensUsed(): (string | undefined)[] {
    return vault.requests.filter(({ call }) => call === 'GET secret/data/a').map(({ token }) => token);
  }

  it('logs in once for as long as the token is fresh, then again with the token that the kubelet has renewed', async () => {
    const client = connect();
    const [one, two] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    writeFileSync(jwtFile(), `${one}\n`);
    await Promise.all([client.read('secret/data/a'), client.read('secret/data/a')]);
    writeFileSync(jwtFile(), two);
    now = 599_999;
    await client.read('secret/data/a');
    now = 600_000;
    await client.read('secret/data/a');
    expect(logins).toEqual([
      { role: 'app-rotation', jwt: one },
      { role: 'app-rotation', jwt: two },
    ]);
    expect(tokensUsed()).toEqual(['token 1', 'token 1', 'token 1', 'token 2']);
    await client.close();
  });

  it('fails without the file, and tries again the next time', async () => {
    const client = connect();
    await expect(client.read('secret/data/a')).rejects.toThrow(
      /^the token to log in to Vault with cannot be read: .*ENOENT/,
    );
    writeFileSync(jwtFile(), 'header.payload.signature');
    await client.read('secret/data/a');
    expect(tokensUsed()).toEqual(['token 1']);
    await client.close();
  });
});
