import fs, { statSync, writeFileSync } from 'node:fs';
import { componentLog, openPlatform, platformStatus } from '../../lib/embedded/open';
import { Layout } from '../../lib/embedded/layout';
import { identify } from '../../lib/embedded/process-identity';
import { stopPlatform } from '../../lib/embedded/stop';
import { type PlatformState, readState, writeState } from '../../lib/embedded/state';
import { componentsFor } from '../../lib/embedded/components';
import { temporaryFolder } from './support/temporary';

describe('a platform that does not run', () => {
  const folder = temporaryFolder();
  const options = { tokenCache: false, workloads: 'kwok' } as const;

  beforeEach(() => {
    const state: PlatformState = {
      options,
      ports: Object.fromEntries(componentsFor(options).flatMap(({ ports }) => ports.map((name) => [name, 20_001]))),
      processes: { vault: { pid: process.pid, startTime: 'earlier', version: '1.21.1', binary: '/vault' } },
    };
    writeState(new Layout(folder()).stateFile, state);
  });

  it('fails to open', async () => {
    await expect(openPlatform(folder())).rejects.toMatchObject({
      message: `the platform in ${folder()} is not running`,
      fix: 'run "nivesh-secrets platform up"',
      code: 3,
    });
  });

  it('fails to open where a part of it runs, and names what does not', async () => {
    const { stateFile } = new Layout(folder());
    const state = readState(stateFile);
    const running = {
      ...identify(process.pid),
      version: '1.21.1',
      binary: '/vault',
    } as PlatformState['processes'][string];
    writeState(stateFile, { options, ports: state?.ports ?? {}, processes: { vault: running } });
    await expect(openPlatform(folder())).rejects.toMatchObject({
      message: `the platform in ${folder()} runs without etcd, kube-apiserver, kube-controller-manager, external-secrets, kube-scheduler, kwok`,
      fix: 'run "nivesh-secrets platform up"',
    });
  });

  it('fails where its folder is a file, or belongs to another user', async () => {
    writeFileSync(`${folder()}/x`, '');
    await expect(platformStatus(`${folder()}/x`)).rejects.toMatchObject({
      message: `${folder()}/x is a file, and the platform needs a folder`,
      fix: 'choose another folder with --directory',
    });
    jest.spyOn(fs, 'accessSync').mockImplementation(() => {
      throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
    });
    const message = `the platform in ${folder()} belongs to another user (${statSync(folder()).uid})`;
    await expect(platformStatus(folder())).rejects.toMatchObject({ message, code: 3 });
    await expect(stopPlatform(folder())).rejects.toThrow(message);
    jest.restoreAllMocks();
  });

  it('shows every component as not ready; a process with the same number is not taken for it', async () => {
    const statuses = await platformStatus(folder());
    expect(statuses.map(({ ready, pid }) => [ready, pid])).toEqual(statuses.map(() => [false, undefined]));
    expect(statuses[0]).toEqual({
      component: 'vault',
      version: '1.21.1',
      address: 'https://127.0.0.1:20001',
      ready: false,
    });
  });

  it('fails for a component that there is none of, and lists those there are', () => {
    expect(() => componentLog(folder(), 'valut')).toThrow(
      'the platform has no component "valut", allowed: vault, etcd, kube-apiserver',
    );
    expect(componentLog(folder(), 'vault').file).toBe(new Layout(folder()).log('vault'));
  });

  it('fails where none was ever started', async () => {
    writeFileSync(`${folder()}/x`, '');
    await expect(platformStatus(`${folder()}/none`)).rejects.toMatchObject({
      message: `there is no platform in ${folder()}/none`,
      code: 3,
    });
  });
});
