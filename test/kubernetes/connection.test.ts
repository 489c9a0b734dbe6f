import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { KubernetesClient } from '../../lib/kubernetes/client';
import { readServiceAccount } from '../../lib/kubernetes/connection';
import { temporaryFolder } from '../embedded/support/temporary';

describe('the service account of a pod', () => {
  const folder = temporaryFolder();

  it('is read from the files and variables that the kubelet gives', async () => {
    writeFileSync(join(folder(), 'token'), 'unused');
    writeFileSync(join(folder(), 'ca.crt'), 'the certificate authority');
    const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };
    expect(await readServiceAccount(environment, folder())).toEqual({
      server: 'https://10.0.0.1:6443',
      caCert: 'the certificate authority',
      tokenFile: join(folder(), 'token'),
    });
    const { server } = (await readServiceAccount({ KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder())) ?? {};
    expect(server).toBe('https://[fd00::1]:443');
  });

  it('is none outside of pods', async () => {
    expect(await readServiceAccount({}, folder())).toBeUndefined();
    expect(await readServiceAccount({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, folder())).toBeUndefined();
  });

  it('is asked for its token with each request', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const tokenFile = join(folder(), 'token');
    const client = new KubernetesClient({ server: `http://127.0.0.1:${port}`, tokenFile });
    const tokens = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    for (const token of tokens) {
      writeFileSync(tokenFile, `${token}\n`);
      await client.request('GET', '/version');
    }
    expect(seen).toEqual(tokens.map((token) => `Bearer ${token}`));
    await client.close();
    server.close();
  });
});
