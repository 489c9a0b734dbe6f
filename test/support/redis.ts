import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { freePort } from './free-port';
import type { Login } from './login';

const program = '/usr/bin/redis-server';

export interface RedisOptions {
  /** Where the server keeps its users: a file of their own, its configuration file, or nowhere. */
  readonly users: 'aclfile' | 'config' | 'memory';
  /** More lines of the configuration. */
  readonly settings?: readonly string[];
  /** A server whose users it has too. */
  readonly like?: RedisServer;
}

/**
 * A real Redis server of the Debian package `redis-server`, in a temporary folder, on a free port of 127.0.0.1. It ends
 * with the process that started it. It has two users: `default`, and the administrator `admin`.
 */
export class RedisServer {
  readonly admin: Login;
  readonly user: Login;
  readonly #folder = mkdtempSync(join(tmpdir(), 'nivesh-redis-'));
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(
    readonly port: number,
    private readonly options: RedisOptions,
  ) {
    this.admin = options.like?.admin ?? { name: 'admin', password: randomBytes(16).toString('hex') };
    this.user = options.like?.user ?? { name: 'default', password: randomBytes(16).toString('hex') };
  }

  static async start(options: RedisOptions): Promise<RedisServer> {
    if (!existsSync(program)) {
      throw new Error(
        'there is no Redis server on this machine, fix: apt-get install --no-install-recommends redis-server',
      );
    }
    const server = new RedisServer(await freePort(), options);
    server.#configure();
    await server.#launch();
    return server;
  }

  url({ name, password }: Login = this.admin): string {
    return `redis://${name}:${password}@127.0.0.1:${this.port}`;
  }

  /** An open connection; the caller ends it. */
  async connect(login: Login = this.admin) {
    const client = createClient({ url: this.url(login), socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async accepts(login: Login): Promise<boolean> {
    try {
      (await this.connect(login)).destroy();
      return true;
    } catch {
      return false;
    }
  }

  /** Everything that the server logged. */
  get log(): string {
    return this.#log;
  }

  /** Ends the server as a crash does, and starts it again with what its files hold. */
  async crashAndRestart(): Promise<void> {
    await this.#end('SIGKILL');
    await this.#launch();
  }

  async stop(): Promise<void> {
    await this.#end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configure(): void {
    const rule = ({ name, password }: Login): string =>
      `user ${name} on #${createHash('sha256').update(password).digest('hex')} ~* &* +@all`;
    const users = [rule(this.admin), rule(this.user)];
    const { users: place, settings = [] } = this.options;
    const file = join(this.#folder, 'users.acl');
    if (place === 'aclfile') {
      writeFileSync(file, `${users.join('\n')}\n`);
    }
    const lines = [
      ...['bind 127.0.0.1', `port ${this.port}`, `dir ${this.#folder}`, 'save ""', 'slowlog-log-slower-than 0'],
      // As most installations begin: the password of "default" is in the configuration.
      ...(place === 'aclfile' ? [`aclfile ${file}`] : [`requirepass ${this.user.password}`, users[0] ?? '']),
      ...settings,
    ];
    writeFileSync(this.#file, `${lines.join('\n')}\n`);
  }

  get #file(): string {
    return join(this.#folder, 'redis.conf');
  }

  async #launch(): Promise<void> {
    // From standard input, the server knows no file that it could write to.
    const fromMemory = this.options.users === 'memory';
    const parameters = ['--pdeathsig=KILL', program, fromMemory ? '-' : this.#file];
    const stdio = [fromMemory ? 'pipe' : 'ignore', 'pipe', 'pipe'] as const;
    this.#process = spawn('setpriv', parameters, { cwd: this.#folder, stdio: [...stdio] });
    if (fromMemory) {
      this.#process.stdin?.end(readFileSync(this.#file));
    }
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await this.accepts(this.admin)) {
        return;
      }
      await sleep(50);
    }
    throw new Error(`Redis did not start:\n${this.#log}`);
  }

  async #end(signal: 'SIGKILL'): Promise<void> {
    const running = this.#process;
    if (running?.exitCode === null && running.signalCode === null) {
      const exit = once(running, 'exit');
      running.kill(signal);
      await exit;
    }
  }
}
