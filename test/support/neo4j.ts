import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cacheFolder } from '../../lib/embedded/toolchain/cache';
import { freePort } from './free-port';
import type { Login } from './login';

const sources = resolve('tools/java/neo4j');
/** The launcher compiles as it starts, and a server that lives for seconds is not worth optimizing. */
const java = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

/**
 * A real Neo4j 5 community server, in a temporary folder, on a free Bolt port of 127.0.0.1; it ends when its standard
 * input does. Its libraries come from Maven Central once, into the cache of built tools. Its administrator is `neo4j`.
 */
export class Neo4jServer {
  readonly admin: Login = { name: 'neo4j', password: randomBytes(16).toString('hex') };
  readonly #folder = mkdtempSync(join(tmpdir(), 'nivesh-neo4j-'));
  #process: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async start(): Promise<Neo4jServer> {
    const server = new Neo4jServer(await freePort());
    await server.#launch(server.admin.password);
    return server;
  }

  /** `bolt://127.0.0.1:<port>`, without a credential. */
  get address(): string {
    return `bolt://127.0.0.1:${this.port}`;
  }

  url({ name, password }: Login = this.admin): string {
    return `bolt://${name}:${password}@127.0.0.1:${this.port}`;
  }

  /** Everything that the server logged. */
  get log(): string {
    const folder = join(this.#folder, 'logs');
    return readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
  }

  /** Ends the server as a crash does, and starts it again with its data. */
  async crashAndRestart(): Promise<void> {
    await this.#end();
    await this.#launch('');
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @param password the administrator's first one; empty where it is in the server's data */
  async #launch(password: string): Promise<void> {
    const classPath = `${libraries()}/*`;
    const parameters = [...java, '-cp', classPath, join(sources, 'Neo4jServer.java'), this.#folder, String(this.port)];
    const server = spawn('java', parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process = server;
    server.stdin.write(`${password}\n`);
    let output = '';
    await new Promise<void>((ready, failed) => {
      const read = (chunk: Buffer): void => {
        output += chunk.toString();
        if (output.includes('ready\n')) {
          ready();
        }
      };
      server.stdout.on('data', read);
      server.stderr.on('data', read);
      server.once('exit', () => {
        failed(new Error(`Neo4j did not start:\n${output}`));
      });
    });
  }

  async #end(): Promise<void> {
    const running = this.#process;
    if (running?.exitCode === null && running.signalCode === null) {
      const exit = once(running, 'exit');
      running.kill('SIGKILL');
      await exit;
    }
  }
}

/** The folder of the server's libraries; downloads them the first time. */
function libraries(): string {
  const pom = join(sources, 'pom.xml');
  const key = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), 'neo4j', key);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    const parameters = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
    const { status, error, stdout } = spawnSync('mvn', parameters, { encoding: 'utf8' });
    if (status !== 0) {
      rmSync(unfinished, { recursive: true, force: true });
      const reason = error?.message ?? stdout;
      throw new Error(
        `the libraries of Neo4j cannot be had: ${reason}\nfix: apt-get install --no-install-recommends maven openjdk-17-jdk-headless`,
      );
    }
    renameSync(unfinished, folder);
  }
  return folder;
}
