import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, findStrays, kill, launch, tailOf } from '../../lib/embedded/process';
import { isRunning, type ProcessIdentity } from '../../lib/embedded/process-identity';
import { isReadyIn, programs, until } from './support/child';
import { temporaryFolder } from './support/temporary';

describe('a launched process', () => {
  const folder = temporaryFolder();
  const started: ProcessIdentity[] = [];

  afterEach(() => {
    started.splice(0).forEach(kill);
  });

  async function start(program: string, environment: Record<string, string> = {}): Promise<ProcessIdentity> {
    const identity = await launch({
      binary: process.execPath,
      args: ['-e', program],
      environment,
      logFile: join(folder(), 'logs', 'x.log'),
      folder: folder(),
      platform: folder(),
    });
    started.push(identity);
    return identity;
  }

  async function ready(): Promise<void> {
    await until(() => isReadyIn(folder()));
  }

  it('ends when it is asked to', async () => {
    const identity = await start(programs.willing);
    await ready();
    expect(isRunning(identity)).toBe(true);
    await end(identity);
    expect(isRunning(identity)).toBe(false);
  });

  it('is killed when it does not end by itself', async () => {
    const identity = await start(programs.stubborn);
    await ready();
    const begun = Date.now();
    await end(identity, 200);
    expect(isRunning(identity)).toBe(false);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(200);
  });

  it('is left alone when its number belongs to another process now', async () => {
    const identity = await start(programs.willing);
    await ready();
    const earlier = { pid: identity.pid, startTime: 'earlier' };
    await end(earlier, 0);
    kill(earlier);
    expect(isRunning(identity)).toBe(true);
  });

  it('fails to end in one line when it belongs to another user', async () => {
    const identity = await start(programs.willing);
    jest.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    await expect(end(identity)).rejects.toThrow(`process ${identity.pid} belongs to another user`);
    jest.restoreAllMocks();
  });

  it('ends with the processes that it started, when it is killed', async () => {
    const nested = `
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      require('fs').writeFileSync('ready', String(child.pid)); setInterval(() => {}, 1000);`;
    const identity = await start(nested);
    await until(() => isReadyIn(folder()) && readFileSync(join(folder(), 'ready'), 'utf8') !== '');
    const inner = Number(readFileSync(join(folder(), 'ready'), 'utf8'));
    kill(identity);
    await until(() => findStrays(folder()).every(({ pid }) => pid !== inner));
  });

  it('sees PATH and what it was given, and no other variable', async () => {
    process.env.VAULT_TOKEN = 'not for children';
    await start(`require('fs').writeFileSync('ready', Object.keys(process.env).sort().join())`, { KUBECONFIG: 'k' });
    Reflect.deleteProperty(process.env, 'VAULT_TOKEN');
    await until(() => isReadyIn(folder()) && readFileSync(join(folder(), 'ready'), 'utf8') !== '');
    expect(readFileSync(join(folder(), 'ready'), 'utf8')).toBe('KUBECONFIG,NIVESH_SECRETS_PLATFORM,PATH');
  });

  it('writes its output to a log, beside that of the run before', async () => {
    const log = join(folder(), 'logs', 'x.log');
    await start(`console.log('one')`);
    await until(() => tailOf(log, 1)[0] === 'one');
    await start(`console.error('two')`);
    await until(() => tailOf(log, 1)[0] === 'two');
    expect(readFileSync(`${log}.previous`, 'utf8')).toBe('one\n');
  });

  it('is found by its platform when nobody wrote it down', async () => {
    const identity = await start(programs.willing);
    expect(findStrays(folder())).toEqual([identity]);
    expect(findStrays(`${folder()}x`)).toEqual([]);
  });

  it('fails with the reason when there is no such program', async () => {
    const missing = launch({
      binary: '/nowhere/program',
      args: [],
      environment: {},
      logFile: join(folder(), 'logs', 'x.log'),
      folder: folder(),
      platform: folder(),
    });
    await expect(missing).rejects.toThrow('/nowhere/program cannot be started: spawn /nowhere/program ENOENT');
  });
});

describe('tailOf', () => {
  const folder = temporaryFolder();

  it.each([
    ['one\ntwo\nthree\n', 2, ['two', 'three']],
    ['one\n', 5, ['one']],
    ['one\n', 0, []],
  ])('of %j, %d lines', (text, lines, tail) => {
    writeFileSync(join(folder(), 'log'), text);
    expect(tailOf(join(folder(), 'log'), lines)).toEqual(tail);
  });

  it('of no file is nothing', () => {
    expect(tailOf(join(folder(), 'none'), 5)).toEqual([]);
  });
});
