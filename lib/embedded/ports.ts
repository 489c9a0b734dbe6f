import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { environmentError, usageError } from '../cli/errors';

/** Everything listens here and nowhere else. */
export const loopback = '127.0.0.1';

/** Whether a port of the loopback address can be listened on now. */
export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host: loopback, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** Below the ports that Linux gives to outgoing connections (32768 and up), which could take one between two starts. */
const range = { from: 20_000, to: 32_000 } as const;

/** See {@link choosePorts}. */
export interface PortChoice {
  /** Names of the ports that are needed. */
  readonly names: readonly string[];
  /** Ports that somebody insists on. */
  readonly requested: Readonly<Record<string, number>>;
  /** Ports of the last start. */
  readonly stored: Readonly<Record<string, number>>;
  /** Told when a stored port is taken, so that another one is chosen. */
  readonly onMoved: (name: string, from: number, to: number) => void;
}

/**
 * A free loopback port for each name: the requested one, else that of the last start, else any.
 * @throws CliError when a requested port is taken, impossible, or requested twice
 */
export async function choosePorts(choice: PortChoice): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  const used = new Set<number>();
  const take = (name: string, port: number): void => {
    ports[name] = port;
    used.add(port);
  };
  await checkRequestedPorts(choice.requested);
  Object.entries(choice.requested).forEach(([name, port]) => {
    take(name, port);
  });
  for (const name of choice.names.filter((candidate) => ports[candidate] === undefined)) {
    const stored = choice.stored[name];
    if (stored !== undefined && !used.has(stored) && (await isFree(stored))) {
      take(name, stored);
      continue;
    }
    const port = await anyFree(used);
    take(name, port);
    if (stored !== undefined) {
      choice.onMoved(name, stored, port);
    }
  }
  return ports;
}

/** Above 1023, those that `fetch` refuses to talk to (https://fetch.spec.whatwg.org/#port-blocking). */
const blocked: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
]);

/**
 * Refuses requested ports before anything is changed.
 * @param own ports that the platform itself holds now, and will let go
 * @throws CliError when one is taken, impossible, or requested twice
 */
export async function checkRequestedPorts(
  requested: Readonly<Record<string, number>>,
  own: readonly number[] = [],
): Promise<void> {
  for (const [name, port] of Object.entries(requested)) {
    if (!Number.isInteger(port) || port < 1024 || port > 65_535 || blocked.has(port)) {
      throw usageError(
        `port ${port} for ${name} cannot be used, allowed: 1024 to 65535 but for those that browsers block`,
        'choose another port, such as 8200',
      );
    }
    if (!own.includes(port) && !(await isFree(port))) {
      throw environmentError(
        `port ${port} for ${name} is taken by another process`,
        'end that process, or choose another port; without one, a free port is found',
      );
    }
  }
  const ports = Object.values(requested);
  const twice = ports.find((port, index) => ports.indexOf(port) !== index);
  if (twice !== undefined) {
    throw usageError(`port ${twice} is requested twice`, 'choose another port for one of them');
  }
}

async function anyFree(used: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(range.from, range.to);
    if (!used.has(port) && (await isFree(port))) {
      return port;
    }
  }
  throw environmentError(`no free loopback port from ${range.from} to ${range.to}`, 'end processes that listen there');
}
