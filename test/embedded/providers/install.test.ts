import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installStandIns, standIns } from '../../../lib/embedded/providers/install';

describe('the installed stand-ins', () => {
  // The folder has a character that a shell would take for its own.
  const folder = mkdtempSync(join(tmpdir(), "stand-ins' $x-"));
  let engine: Server;
  let engineAddress: string;

  beforeAll(async () => {
    await installStandIns(folder);
    engine = createServer().listen(0, '127.0.0.1');
    await once(engine, 'listening');
    engineAddress = `127.0.0.1:${(engine.address() as { port: number }).port}`;
  });

  afterAll(() => {
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function firstLine(child: ChildProcess): Promise<string> {
    const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    return chunk.toString();
  }

  it.each(standIns)('are executables that print the port of the %s provider', async (name) => {
    const file = join(folder, `pulumi-resource-${name}`);
    expect(statSync(file).mode & 0o777).toBe(0o755);
    const child = spawn(file, [engineAddress], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(await firstLine(child)).toMatch(/^\d+\n$/);
    child.kill();
    await once(child, 'exit');
  });

  it('are written again without harm', async () => {
    const before = readFileSync(join(folder, 'pulumi-resource-vault'), 'utf8');
    await installStandIns(folder);
    expect(readFileSync(join(folder, 'pulumi-resource-vault'), 'utf8')).toBe(before);
  });

  it('end when there is no engine at the address', async () => {
    const child = spawn(join(folder, 'pulumi-resource-vault'), ['127.0.0.1:1'], { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
  });

  it('end with a parent that is killed', async () => {
    const script = `"$0" ${engineAddress} & echo $!; wait`;
    const parent = spawn('/bin/sh', ['-c', script, join(folder, 'pulumi-resource-vault')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    for await (const chunk of parent.stdout) {
      lines.push(...String(chunk).trim().split('\n'));
      if (lines.length === 2) {
        break;
      }
    }
    const pid = Number(lines[0]);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    const deadline = Date.now() + 20_000;
    while (isAlive(pid) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(isAlive(pid)).toBe(false);
  });
});

/** A zombie, which nobody has waited for, has ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
