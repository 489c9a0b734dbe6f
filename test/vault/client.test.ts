import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubernetesClient } from '../../lib/kubernetes/client';
import { VaultClient } from '../../lib/vault/client';

/** A server that dies in the middle of its answer. */
describe('an answer that breaks off', () => {
  let server: Server;
  let address: string;

  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
      response.write('{"data": {', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['Vault', () => new VaultClient({ address, token: 'root' }), 'VaultError'],
    ['the API server', () => new KubernetesClient({ server: address }), 'KubernetesError'],
  ])('fails as no answer of %s', async (_, connect, name) => {
    const client = connect();
    await expect(client.request('GET', '/x')).rejects.toMatchObject({ name, status: 0 });
    await client.close();
  });
});
