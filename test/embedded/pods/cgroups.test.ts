import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cgroupMounts, ControlGroup } from '../../../lib/embedded/pods/cgroups';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cgroups-test-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test('finds where control groups are mounted, in version 1 and 2', () => {
  const mounts = [
    'proc /proc proc rw 0 0',
    'cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0',
    'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
    'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0',
    '',
  ].join('\n');
  expect(cgroupMounts(mounts)).toEqual(['/sys/fs/cgroup/cpu,cpuacct', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified']);
});

test('is made in every hierarchy, and goes with all below it', async () => {
  const mounts = [join(root, 'cpuset'), join(root, 'pids')];
  await mkdir(join(root, 'cpuset', 'ours'), { recursive: true });
  await writeFile(join(root, 'cpuset', 'cpuset.cpus'), '0-1\n');
  await writeFile(join(root, 'cpuset', 'ours', 'cpuset.cpus'), '\n');
  const group = await ControlGroup.at('/ours', mounts);

  await group.make('system');
  expect(await readFile(join(root, 'cpuset', 'ours', 'cpuset.cpus'), 'utf8')).toBe('0-1');
  expect(group.joinFiles('system')).toEqual(mounts.map((mount) => join(mount, 'ours/system/cgroup.procs')));
  expect(group.exists()).toBe(true);

  // Unlike those of the kernel, these files must go before their folder does.
  await rm(join(root, 'cpuset', 'ours', 'cpuset.cpus'));
  await mkdir(join(root, 'pids', 'ours', 'kubepods', 'pod1', 'container1'), { recursive: true });
  await group.remove();
  expect(group.exists()).toBe(false);
  expect(await readdir(join(root, 'pids'))).toEqual([]);
  await group.remove();
});

test('knows the processes of all hierarchies and levels, each once, and never a foreign one', async () => {
  const group = await ControlGroup.at('ours', [join(root, 'a'), join(root, 'b')]);
  const write = async (folder: string, content: string): Promise<void> => {
    await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, folder, 'cgroup.procs'), content);
  };
  await write('a/ours/system', '12\n7\n');
  await write('b/ours/system', '7\n0\n');
  await write('b/ours/kubepods/pod1', '31\n');
  expect(await group.processes()).toEqual([7, 12, 31]);
  expect(await group.processes('kubepods')).toEqual([31]);
  expect(await group.processes('nothing')).toEqual([]);
});

test('asks processes to end, and insists with those that do not', async () => {
  const stubborn = spawn('sh', ['-c', "trap '' TERM; echo ready; while :; do sleep 0.1; done"], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => stubborn.stdout.once('data', resolve));
  const file = join(root, 'ours', 'cgroup.procs');
  await mkdir(join(root, 'ours'));
  await writeFile(file, `${stubborn.pid ?? ''}\n`);
  const ended = new Promise((resolve) =>
    stubborn.once('exit', (_, signal) => {
      resolve(signal);
    }),
  );
  void ended.then(async () => {
    await writeFile(file, '');
  });

  await (await ControlGroup.at('ours', [root])).end({ graceMs: 100 });
  expect(await ended).toBe('SIGKILL');
});

test('lets its group have the controllers that kubelet insists on, in version 2', async () => {
  const files = { 'cgroup.controllers': 'cpuset cpu io memory pids\n', 'cgroup.subtree_control': 'cpu memory pids\n' };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(root, name), content);
  }
  await (await ControlGroup.at('ours', [root])).make('system');
  // A file of the kernel adds what is written.
  expect(await readFile(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+cpuset');
});
