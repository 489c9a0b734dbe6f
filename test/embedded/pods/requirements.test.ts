import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  capabilitiesOf,
  checkPodRequirements,
  machineFacts,
  type MachineFacts,
  missingForPods,
} from '../../../lib/embedded/pods/requirements';
import { startPlatform } from '../../../lib/embedded/start';

const complete: MachineFacts = {
  platform: 'linux',
  uid: 0,
  capabilities: (1n << 41n) - 1n,
  programs: new Set([
    'containerd',
    'containerd-shim-runc-v2',
    'ctr',
    'ip',
    'ldd',
    'mount',
    'nsenter',
    'runc',
    'tar',
    'unshare',
  ]),
  containerdVersion: 'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3',
  cniPlugins: '/usr/lib/cni',
  controlGroups: true,
};

function missing(change: Partial<MachineFacts>): string[] {
  return missingForPods({ ...complete, ...change });
}

test('nothing is missing on a complete machine', () => {
  expect(missing({})).toEqual([]);
  expect(missing({ containerdVersion: 'containerd containerd.io v2.1.4 75cb2b71' })).toEqual([]);
});

test('fails elsewhere than on Linux, and says only that', () => {
  expect(missing({ platform: 'darwin', programs: new Set() })).toEqual(['Linux (this is darwin)']);
});

test('fails without root, and for a root that may not make mounts and networks', () => {
  expect(missing({ uid: 1000 })).toEqual(['root (this is user 1000)']);
  expect(missing({ capabilities: 0x00000000a80425fbn })).toEqual([
    'the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN (this is root in a container without them)',
  ]);
});

test('fails without a program, and names the package that brings it', () => {
  expect(
    missing({ programs: new Set(['ip', 'ldd', 'mount', 'nsenter', 'tar', 'unshare']), cniPlugins: undefined }),
  ).toEqual([
    'containerd (package containerd)',
    'ctr (package containerd)',
    'containerd-shim-runc-v2 (package containerd)',
    'runc (package runc)',
    'the CNI plugins bridge, host-local, loopback (package containernetworking-plugins)',
  ]);
});

test('fails with a containerd that does not speak the version of the runtime interface that kubelet does', () => {
  expect(missing({ containerdVersion: 'containerd github.com/containerd/containerd 1.4.13~ds1' })).toEqual([
    'containerd 1.6 or later (here is 1.4.13; package containerd of Debian 12 or later)',
  ]);
});

test('fails without control groups', () => {
  expect(missing({ controlGroups: false })).toEqual(['control groups (mount /sys/fs/cgroup)']);
});

test.each<[string, Partial<MachineFacts>, string]>([
  ['root', { uid: 1000 }, 'run as root'],
  [
    'root and packages',
    { uid: 1000, programs: new Set(), cniPlugins: undefined },
    'run as root after "apt-get install containerd runc iproute2 libc-bin mount util-linux tar containernetworking-plugins"',
  ],
  ['a package', { cniPlugins: undefined }, 'run it again after "apt-get install containernetworking-plugins"'],
  ['a newer containerd', { containerdVersion: '1.4.13' }, 'run it again after "apt-get install containerd"'],
  ['Linux', { platform: 'darwin' }, 'use a machine that has it'],
])('fails without %s, and says what to do', (_, change, fix) => {
  expect(() => checkPodRequirements({ ...complete, ...change })).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^this machine cannot run pods, it lacks /) as string,
      fix: `${fix}, or leave --pods out`,
      code: 3,
    }) as Error,
  );
});

test('fails before anything is made, not even a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-pods-'));
  rmdirSync(folder);
  jest.spyOn(process, 'geteuid').mockReturnValue(1000);
  await expect(startPlatform({ directory: folder, workloads: 'pods' })).rejects.toThrow('this machine cannot run pods');
  jest.restoreAllMocks();
  expect(existsSync(folder)).toBe(false);
});

test('reads effective capabilities', () => {
  expect(capabilitiesOf('CapPrm:\t0000000000000000\nCapEff:\t00000000a80425fb\n')).toBe(0xa80425fbn);
  expect(capabilitiesOf('')).toBe(0n);
});

test('looks at this machine without failing, whatever it is', () => {
  const facts = machineFacts();
  expect(facts.platform).toBe(process.platform);
  expect(facts.uid).toBe(process.geteuid?.() ?? -1);
});
