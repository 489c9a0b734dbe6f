import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { verbs } from '../../lib/cli/verbs';
import { packageRoot, packageVersion } from '../../lib/package-root';
import { commandLine } from '../support/command-line';

const root = packageRoot();
const tsx = join(root, 'node_modules', '.bin', 'tsx');
const entry = join(root, 'lib', 'cli', 'main.ts');

function run(
  argv: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  return spawnSync(process.execPath, [...commandLine, ...argv], {
    cwd: options.cwd ?? root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: tmpdir(), ...options.env },
  });
}

describe('nivesh-secrets', () => {
  it('lists every verb in its help', () => {
    const { status, stdout } = run(['--help']);
    expect(status).toBe(0);
    for (const { name } of verbs) {
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });

  it('prints its version', () => {
    expect(run(['--version']).stdout.trim()).toBe(packageVersion());
  });

  it.each(verbs.map(({ name }) => name))('shows an example in the help of %s', async (name) => {
    const command = await verbs.find((verb) => verb.name === name)?.load();
    let help = '';
    command?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(/Examples?:\n {2}nivesh-secrets /);
  });

  it('loads no package but commander for the help of any verb', () => {
    const script = `
      const { main } = require(${JSON.stringify(entry)});
      const packages = () => Object.keys(require.cache).flatMap((file) => /node_modules.((?:@[^/]+.)?[^/]+)[^]*/.exec(file)?.[1] ?? []);
      const loads = async (argv) => {
        const before = new Set(packages());
        await main([...argv, '--help']);
        return [...new Set(packages())].filter((name) => !before.has(name));
      };
      (async () => {
        const loaded = {};
        for (const argv of ${JSON.stringify([[], ...verbs.map(({ name }) => [name])])}) {
          loaded[argv.join(' ')] = await loads(argv);
        }
        process.stderr.write(JSON.stringify(loaded));
      })();`;
    const { stderr } = spawnSync(tsx, ['-e', script], { cwd: root, encoding: 'utf8' });
    const expected = [['', []], ...verbs.map(({ name }) => [name, []])] as const;
    expect(JSON.parse(stderr)).toEqual(Object.fromEntries(expected));
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = spawn(tsx, [entry, '--help'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [stderr, closed] = await Promise.all([textOf(child.stderr), once(child, 'close')]);
    expect([closed[0], stderr]).toEqual([0, '']);
  });

  it('fails on an unknown verb with exit code 2 and a suggestion', () => {
    const { status, stderr } = run(['sede']);
    expect(status).toBe(2);
    expect(stderr).toContain("unknown command 'sede'");
    expect(stderr).toContain('seed');
  });

  it('fails on an unknown option with exit code 2', () => {
    const { status, stderr } = run(['seed', '--environment', 'staging', '--force']);
    expect(status).toBe(2);
    expect(stderr).toContain("unknown option '--force'");
  });

  it('fails on an unknown environment and lists the known ones', () => {
    const { status, stderr } = run(['seed', '--environment', 'prod']);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'error: unknown environment "prod", allowed: local, ci, staging, production\nfix: correct --environment\n',
    );
  });

  it('fails on an environment without Vault', () => {
    const { status, stderr } = run(['seed', '--environment', 'local']);
    expect(status).toBe(2);
    expect(stderr).toContain('environment "local" has no Vault, its values are delivered by dotenv');
  });

  it('fails without a Vault token', () => {
    const { status, stderr } = run(['seed', '--environment', 'staging']);
    expect(status).toBe(3);
    expect(stderr).toBe('error: there is no Vault token\nfix: set VAULT_TOKEN, or run "vault login"\n');
  });

  it('fails on a Vault that cannot be reached, in one line', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const env = { VAULT_ADDR: `https://127.0.0.1:${port}`, VAULT_TOKEN: 'none' };
    const { status, stderr } = run(['seed', '--environment', 'staging'], { env });
    expect(status).toBe(3);
    expect(stderr).toBe(
      `error: vault at https://127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}\nfix: check VAULT_ADDR and VAULT_CACERT\n`,
    );
  });

  it('fails outside a project', () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-project-'));
    try {
      const { status, stderr } = run(['verify', '--environment', 'staging'], { cwd: folder });
      expect(status).toBe(2);
      expect(stderr).toContain('no project found in ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
