import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { freePort } from './free-port';
import type { Login } from './login';

export interface PostgresqlOptions {
  /** Settings of postgresql.conf. @default - the server's, without fsync */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A real PostgreSQL server of the Debian package `postgresql`, in a temporary folder, on a free port of 127.0.0.1.
 * It ends with the process that started it. Passwords are checked with SCRAM; the superuser is `postgres`.
 */
export class PostgresqlServer {
  readonly #folder: string;
  readonly #port: number;
  readonly #password: string;
  readonly #settings: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(folder: string, port: number, password: string, settings: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#port = port;
    this.#password = password;
    this.#settings = settings;
  }

  static async start({ settings = { fsync: 'off' } }: PostgresqlOptions = {}): Promise<PostgresqlServer> {
    const folder = mkdtempSync(join(tmpdir(), 'nivesh-postgresql-'));
    const password = randomBytes(16).toString('hex');
    const passwordFile = join(folder, 'password');
    const data = join(folder, 'data');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    mkdirSync(data, { mode: 0o700 });
    [folder, passwordFile, data].forEach(giveAway);
    const initialize = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    const [command, parameters] = unprivileged('initdb', [
      ...initialize,
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    ]);
    const { status, stderr } = spawnSync(command, parameters, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`initdb failed:\n${stderr}`);
    }
    const server = new PostgresqlServer(folder, await freePort(), password, settings);
    await server.#launch();
    return server;
  }

  /** Connection URL. @param user another user than the superuser, with its password */
  url(database = 'postgres', user: Login = this.#superuser): string {
    return `postgres://${user.name}:${user.password}@127.0.0.1:${this.#port}/${database}`;
  }

  /** The same as variables of libpq. */
  environment(database = 'postgres'): Record<string, string> {
    const { name, password } = this.#superuser;
    return {
      PGHOST: '127.0.0.1',
      PGPORT: String(this.#port),
      PGUSER: name,
      PGPASSWORD: password,
      PGDATABASE: database,
    };
  }

  /** An open connection as superuser; the caller ends it. */
  async connect(database = 'postgres', config: ClientConfig = {}): Promise<Client> {
    const client = new Client({ connectionString: this.url(database), ...config });
    await client.connect();
    return client;
  }

  async createDatabase(name: string): Promise<void> {
    const client = await this.connect();
    await client.query(`CREATE DATABASE "${name}"`);
    await client.end();
  }

  /** Everything that the server logged. */
  get log(): string {
    return this.#log;
  }

  /** Breaks every connection, as a crash would, and starts the server again. */
  async crashAndRestart(): Promise<void> {
    await this.#end('SIGQUIT');
    await this.#launch();
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #superuser(): Login {
    return { name: 'postgres', password: this.#password };
  }

  async #launch(): Promise<void> {
    const settings = { ...this.#settings, listen_addresses: '127.0.0.1', unix_socket_directories: this.#folder };
    const [command, parameters] = unprivileged('postgres', [
      ...['-D', join(this.#folder, 'data'), '-p', String(this.#port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    this.#process = spawn(command, parameters, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    for (let attempt = 0; attempt < 200; attempt++) {
      try {
        const client = await this.connect();
        await client.end();
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error(`PostgreSQL did not start:\n${this.#log}`);
  }

  async #end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const running = this.#process;
    if (running?.exitCode === null) {
      const exit = once(running, 'exit');
      running.kill(signal);
      await exit;
    }
  }
}

/** The server refuses to run as root; Debian's package made a user for it. */
const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

function idOf(option: '-u' | '-g'): number {
  return Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout);
}

function giveAway(path: string): void {
  if (owner) {
    chownSync(path, owner.uid, owner.gid);
  }
}

/** A program of the server as the unprivileged user, ended by the kernel when this process ends. */
function unprivileged(program: string, parameters: readonly string[]): [string, string[]] {
  const identity = owner ? [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'] : [];
  return ['setpriv', [...identity, '--pdeathsig=INT', join(binaries(), program), ...parameters]];
}

function binaries(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
  if (found === undefined) {
    throw new Error(
      'there is no PostgreSQL server on this machine, fix: apt-get install --no-install-recommends postgresql',
    );
  }
  return found;
}
