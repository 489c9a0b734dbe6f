import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configureVault } from '../../../../lib/embedded/providers/vault/configuration';

/** A Vault that knows two requests, and refuses the others. */
async function withVault(
  run: (address: string, requests: { path: string; token: unknown; body: string }[]) => Promise<void>,
): Promise<void> {
  const requests: { path: string; token: unknown; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = `${request.method ?? ''} ${request.url ?? ''}`;
      requests.push({ path, token: request.headers['x-vault-token'], body: Buffer.concat(chunks).toString() });
      const answers: Record<string, object> = {
        'GET /v1/auth/token/lookup-self': { data: {} },
        'POST /v1/auth/token/create': { data: null, auth: { client_token: 'child' } },
      };
      response.statusCode = answers[path] ? 200 : 403;
      response.end(JSON.stringify(answers[path] ?? { errors: ['permission denied'] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${(server.address() as { port: number }).port}`, requests);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('the configuration of the vault provider', () => {
  it('looks its token up, and uses it as it is with skipChildToken', async () => {
    await withVault(async (address, requests) => {
      const client = await configureVault({ address, skipChildToken: 'true' }, { VAULT_TOKEN: 'mine' });
      expect(requests).toEqual([{ path: 'GET /v1/auth/token/lookup-self', token: 'mine', body: '' }]);
      expect(client.connection.token).toBe('mine');
    });
  });

  it('works with a child of its token otherwise', async () => {
    await withVault(async (address, requests) => {
      const client = await configureVault({ address, token: 'mine', maxLeaseTtlSeconds: '60' }, {});
      expect(client.connection.token).toBe('child');
      expect(JSON.parse(requests[1]?.body ?? '')).toEqual({
        display_name: 'terraform',
        ttl: '60s',
        explicit_max_ttl: '60s',
        renewable: false,
      });
    });
  });

  it('prefers arguments to the environment', async () => {
    await withVault(async (address) => {
      const environment = { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'other' };
      const client = await configureVault({ address, token: 'mine', skipChildToken: 'true' }, environment);
      expect(client.connection).toMatchObject({ address, token: 'mine' });
    });
  });

  it.each([
    [{}, {}, 'has no address: set vault:address or VAULT_ADDR'],
    [{ address: 'http://127.0.0.1:9' }, {}, 'has no token: set the VAULT_TOKEN environment variable'],
    [{ authLogin: '{}', address: 'x' }, {}, 'does not carry authLogin; it carries address, caCertFile, '],
    [{ skipTlsVerify: 'true' }, {}, 'does not carry skipTlsVerify; '],
  ])('fails on %p', async (config, environment, message) => {
    await expect(configureVault(config, environment)).rejects.toThrow(message);
  });

  it('fails on a certificate that cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
    const config = { address: 'https://127.0.0.1:9', token: 'x', caCertFile: join(folder, 'ca.crt') };
    await expect(configureVault(config, {})).rejects.toThrow(/cannot read caCertFile .*ca\.crt: .*ENOENT/);
    rmSync(folder, { recursive: true });
  });
});
