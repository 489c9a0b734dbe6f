import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../lib/cli/main';
import { componentsFor } from '../../lib/embedded/components';
import { Layout, writePrivateFile } from '../../lib/embedded/layout';
import { writeState } from '../../lib/embedded/state';

describe('nivesh-secrets platform', () => {
  let folder: string;
  let stdout: string;
  let stderr: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'platform-cli-'));
    stdout = '';
    stderr = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += String(text);
      return true;
    });
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += String(text);
      return true;
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(...argv: string[]): Promise<number> {
    return await main(['platform', ...argv, '--directory', folder]);
  }

  /** As a platform that was started and stopped leaves it. */
  function stopped(): void {
    const options = { tokenCache: false, workloads: 'none' } as const;
    writeState(new Layout(folder).stateFile, {
      options,
      ports: Object.fromEntries(
        componentsFor(options).flatMap(({ ports }) => ports.map((name, i) => [name, 20_001 + i])),
      ),
      processes: { vault: { pid: 1, startTime: 'earlier', version: '1.21.1', binary: '/cache/vault' } },
    });
  }

  it('status shows every component, and fails with 3 unless all are ready', async () => {
    stopped();
    expect(await run('status')).toBe(3);
    expect(stdout).toMatchInlineSnapshot(`
     "COMPONENT                VERSION  PID  ADDRESS                  READY
     vault                    1.21.1   -    https://127.0.0.1:20001  no
     etcd                     -        -    https://127.0.0.1:20001  no
     kube-apiserver           -        -    https://127.0.0.1:20001  no
     kube-controller-manager  -        -    https://127.0.0.1:20001  no
     external-secrets         -        -    http://127.0.0.1:20001   no
     "
    `);
  });

  it('status --json says the same', async () => {
    stopped();
    expect(await run('status', '--json')).toBe(3);
    expect((JSON.parse(stdout) as { components: unknown[] }).components[0]).toEqual({
      component: 'vault',
      version: '1.21.1',
      address: 'https://127.0.0.1:20001',
      ready: false,
    });
  });

  it('status fails where no platform was started', async () => {
    expect(await run('status')).toBe(3);
    expect(stderr).toBe(`error: there is no platform in ${folder}\nfix: run "nivesh-secrets platform up"\n`);
  });

  it('down is fine where nothing runs', async () => {
    expect(await run('down')).toBe(0);
    expect(stdout).toBe('nothing was running\n');
  });

  it('logs shows the last lines', async () => {
    stopped();
    await writePrivateFile(new Layout(folder).log('vault'), 'one\ntwo\nthree\n');
    expect(await run('logs', 'vault', '-n', '2')).toBe(0);
    expect(stdout).toBe('two\nthree\n');
  });

  it('logs fails for a component that there is none of', async () => {
    stopped();
    expect(await run('logs', 'valut')).toBe(2);
    expect(stderr).toContain('the platform has no component "valut", allowed: vault, etcd');
  });

  it('up fails at once for a port that is taken, before anything is built or started', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const begun = Date.now();
    expect(await run('up', '--vault-port', String(port))).toBe(3);
    server.close();
    expect(stderr).toMatch(/^error: port \d+ for vault is taken by another process\nfix: .*\n$/);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  it('up fails in one line where its folder cannot be', async () => {
    await writePrivateFile(join(folder, 'file'), '');
    expect(await main(['platform', 'up', '--directory', join(folder, 'file', 'below')])).toBe(3);
    expect(stderr).toMatch(
      /^error: the platform's folder cannot be used: ENOTDIR.*\nfix: choose another folder with.*\n$/,
    );
  });

  it('names the very command whose help has more', async () => {
    expect(await run('up', '--pod')).toBe(2);
    expect(stderr).toMatch(/Did you mean --pods\?\)\n\(run nivesh-secrets platform up --help for its options\)\n$/);
  });

  it('exec says how a program gets its options', async () => {
    expect(await run('exec', 'grafana', 'node', '-p', '1')).toBe(2);
    expect(stderr).toContain("error: unknown option '-p'\n(put -- before a program with options of its own)\n");
  });

  it('down fails in one line where there is a file', async () => {
    await writePrivateFile(join(folder, 'file'), '');
    expect(await main(['platform', 'down', '--directory', join(folder, 'file')])).toBe(3);
    expect(stderr).toBe(
      `error: ${join(folder, 'file')} is a file, and the platform needs a folder\nfix: choose another folder with --directory\n`,
    );
  });

  it.each([
    [['up', '--vault-port', 'many'], 'It is not a whole number.'],
    [['up', '--workloads', 'docker'], 'Allowed choices are kwok, none.'],
    [['logs'], "missing required argument 'name'"],
    [['restart'], "unknown command 'restart'"],
  ])('fails with 2 for %j', async (argv, reason) => {
    expect(await run(...argv)).toBe(2);
    expect(stderr).toContain(reason);
  });
});
