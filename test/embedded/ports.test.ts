import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { checkRequestedPorts, choosePorts, isFree, loopback, type PortChoice } from '../../lib/embedded/ports';

describe('ports', () => {
  let taken: Server;
  let takenPort: number;

  beforeAll(async () => {
    taken = createServer();
    taken.listen(0, loopback);
    await once(taken, 'listening');
    takenPort = (taken.address() as AddressInfo).port;
  });

  afterAll(() => {
    taken.close();
  });

  const choice: PortChoice = {
    names: ['vault', 'etcd', 'etcd/peer'],
    requested: {},
    stored: {},
    onMoved: () => {
      throw new Error('nothing moved');
    },
  };

  it('are free, different, and below those of outgoing connections', async () => {
    const ports = Object.values(await choosePorts(choice));
    expect(new Set(ports).size).toBe(3);
    expect(ports.every((port) => port >= 20_000 && port < 32_768)).toBe(true);
    expect(await Promise.all(ports.map(isFree))).toEqual([true, true, true]);
  });

  it('stay those of the last start', async () => {
    const first = await choosePorts(choice);
    expect(await choosePorts({ ...choice, stored: first })).toEqual(first);
  });

  it('move away from a port that somebody took meanwhile, and say so', async () => {
    const moved: unknown[] = [];
    const onMoved = (...what: unknown[]): void => {
      moved.push(what);
    };
    const ports = await choosePorts({ ...choice, stored: { vault: takenPort }, onMoved });
    expect(ports.vault).not.toBe(takenPort);
    expect(moved).toEqual([['vault', takenPort, ports.vault]]);
  });

  it('are the requested ones', async () => {
    const { vault = 0 } = await choosePorts(choice);
    const ports = await choosePorts({
      ...choice,
      requested: { etcd: vault },
      stored: { vault },
      onMoved: () => undefined,
    });
    expect(ports.etcd).toBe(vault);
    expect(ports.vault).not.toBe(vault);
  });

  it('fail in one line for a requested port that is taken', async () => {
    await expect(checkRequestedPorts({ vault: takenPort })).rejects.toMatchObject({
      message: `port ${takenPort} for vault is taken by another process`,
      code: 3,
    });
  });

  it('may be those that the platform holds itself', async () => {
    await expect(checkRequestedPorts({ vault: takenPort }, [takenPort])).resolves.toBeUndefined();
  });

  it.each([0, 80, 65_536, 8200.5, 6000])('fail for port %d, which nobody could use', async (port) => {
    await expect(checkRequestedPorts({ vault: port })).rejects.toMatchObject({
      message: `port ${port} for vault cannot be used, allowed: 1024 to 65535 but for those that browsers block`,
      code: 2,
    });
  });

  it('fail when one is requested twice', async () => {
    const { vault = 0 } = await choosePorts(choice);
    await expect(checkRequestedPorts({ vault, etcd: vault })).rejects.toThrow(`port ${vault} is requested twice`);
  });
});
