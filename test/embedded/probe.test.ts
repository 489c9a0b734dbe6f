import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { probe } from '../../lib/embedded/probe';

describe('probe', () => {
  it.each([200, 503])('gives the status %d', async (status) => {
    const server = createServer((_, response) => {
      response.writeHead(status).end('body');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await probe(`http://127.0.0.1:${port}/healthz`)).toBe(status);
    server.close();
    await once(server, 'close');
    expect(await probe(`http://127.0.0.1:${port}/healthz`)).toBe(0);
  });

  it('gives 0 for one who accepts and does not answer', async () => {
    const server = createServer(() => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await probe(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toBe(0);
    server.closeAllConnections();
    server.close();
  });
});
