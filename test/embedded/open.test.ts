import { writeFileSync } from 'node:fs';
import { componentLog, openPlatform, platformStatus } from '../../lib/embedded/open';
import { Layout } from '../../lib/embedded/layout';
import { type PlatformState, writeState } from '../../lib/embedded/state';
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

  it('fails to open, and names what is down', async () => {
    await expect(openPlatform(folder())).rejects.toMatchObject({
      message: `the platform in ${folder()} is not running: down vault, etcd, kube-apiserver, kube-controller-manager, external-secrets, kube-scheduler, kwok`,
      fix: 'run "nivesh-secrets platform up"',
      code: 3,
    });
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
