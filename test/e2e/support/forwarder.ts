import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Lets pods reach a server that listens on loopback only. */
export interface Forwarder {
  /** `host:port` for pods. */
  readonly address: string;
  close(): Promise<void>;
}

/** @param host address of this machine that pods reach */
export async function forward(host: string, port: number): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    [client, target].forEach(keep);
    client.once('error', () => target.destroy());
    target.once('error', () => client.resetAndDestroy());
    client.pipe(target).pipe(client);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
