import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { makeCertificate, type KeyPair } from '../../support/certificate';

/** Lets pods reach a server that listens on loopback only. */
export interface Forwarder {
  /** `host:port` for pods. */
  readonly address: string;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';

/** @param host address of this machine that pods reach */
export async function forward(host: string, port: number): Promise<Forwarder> {
  const pipes = new Pipes(() => connect({ host: loopback, port, allowHalfOpen: true }));
  return await pipes.listen(
    createServer({ allowHalfOpen: true }, (client) => {
      pipes.add(client);
    }),
    host,
  );
}

/**
 * As {@link forward}, for a server whose certificate does not name this address: as a load balancer that ends TLS, with
 * a certificate of the same authority, and that checks the server's own.
 */
export async function forwardTls(host: string, port: number, authority: KeyPair): Promise<Forwarder> {
  const { cert, private: key } = await makeCertificate(host, authority);
  const pipes = new Pipes(() => connectTls({ host: loopback, port, ca: authority.cert }));
  return await pipes.listen(
    createTlsServer({ cert, key }, (client) => {
      pipes.add(client);
    }),
    host,
  );
}

/** Connections that are passed on. */
class Pipes {
  readonly #sockets = new Set<Socket>();

  constructor(private readonly connectTarget: () => Socket) {}

  add(client: Socket): void {
    const target = this.connectTarget();
    [client, target].forEach((socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    client.once('error', () => target.destroy());
    target.once('error', () => client.resetAndDestroy());
    client.pipe(target).pipe(client);
  }

  async listen(server: Server, host: string): Promise<Forwarder> {
    server.listen(0, host);
    await once(server, 'listening');
    return {
      address: `${host}:${(server.address() as AddressInfo).port}`,
      close: async () => {
        this.#sockets.forEach((socket) => socket.destroy());
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
}
