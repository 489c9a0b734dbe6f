import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { nodeImage, openPlatform, type Platform, startPlatform, stopPlatform } from '../../lib/embedded';
import { podsLayout } from '../../lib/embedded/pods/layout';
import { isReady, listOwnedPods } from '../../lib/kubernetes/pods';
import { waitUntil } from './support/cluster';
import { type Footprint, footprint } from './support/footprint';
import { describePods } from './support/pods';

const root = resolve(__dirname, '../..');
const manyStartsMs = 900_000;

/** Two pods that wait. They are in the API server's store, so they come back at each start. */
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'waiting', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'waiting' } },
    template: {
      metadata: { labels: { app: 'waiting' } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image: nodeImage,
            imagePullPolicy: 'Never',
            volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          },
        ],
        volumes: [{ name: 'tmp', emptyDir: { medium: 'Memory' } }],
      },
    },
  },
};

describePods('what pods leave on the machine', () => {
  let directory: string;
  let before: Footprint;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pods-lifecycle-'));
    before = footprint(directory);
    expect(before.processes).toEqual([]);
  });

  afterEach(async () => {
    await stopPlatform(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  /** An ended process keeps its namespaces until its parent asks for its exit status. */
  async function expectNothingLeft(): Promise<void> {
    await waitUntil('the namespaces are gone', 30_000, async () => {
      return await Promise.resolve(footprint(directory).namespaces <= before.namespaces);
    }).catch(() => undefined);
    expect(footprint(directory)).toEqual(before);
  }

  async function untilPodsRun(platform: Platform): Promise<void> {
    await waitUntil('two pods run', 60_000, async () => {
      const pods = await listOwnedPods(platform.kubernetes, 'default');
      const running = await platform.pods.containers('default');
      return running.length === 2 && pods.length === 2 && pods.every(({ pod }) => isReady(pod));
    });
  }

  /** A process that starts the platform and would stop it at its end. It is ready when the returned promise is. */
  function startInChild(): { readonly child: ChildProcess; readonly up: Promise<void> } {
    const script = `
      require('./lib/embedded/index.ts').startPlatform({ directory: process.argv[1], workloads: 'pods' }).then(
        () => console.log('up'),
        (error) => { console.error(error.message); process.exitCode = 1; },
      );
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', script, directory], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const up = new Promise<void>((done, fail) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('up')) {
          done();
        }
      });
      child.once('exit', () => {
        fail(new Error('ended'));
      });
    });
    return { child, up };
  }

  it(
    'up and down ten times: the same processes, mounts, interfaces, control groups and settings as before',
    async () => {
      for (let round = 0; round < 10; round += 1) {
        const platform = await startPlatform({ directory, workloads: 'pods' });
        if (round === 0) {
          await platform.kubernetes.apply(deployment, 'test');
        }
        await untilPodsRun(platform);
        const during = footprint(directory);
        expect(during.interfaces).toHaveLength(before.interfaces.length + 3);
        expect(during.cgroups.length).toBeGreaterThan(before.cgroups.length);
        expect(during.mounts).toEqual(before.mounts);
        expect(during.settings).toEqual(before.settings);
        await platform.stop();
        await expectNothingLeft();
      }
    },
    manyStartsMs,
  );

  it(
    'down removes everything after the process that started the platform was killed',
    async () => {
      const { child, up } = startInChild();
      await up;
      const platform = await openPlatform(directory);
      await platform.kubernetes.apply(deployment, 'test');
      await untilPodsRun(platform);
      await platform.close();
      child.kill('SIGKILL');
      expect(footprint(directory).processes.length).toBeGreaterThan(before.processes.length + 8);

      await stopPlatform(directory);
      await expectNothingLeft();
    },
    manyStartsMs,
  );

  it(
    'the next up recovers after kubelet, containerd and its shims were killed too, and pods run again',
    async () => {
      const { child, up } = startInChild();
      await up;
      const platform = await openPlatform(directory);
      await platform.kubernetes.apply(deployment, 'test');
      await untilPodsRun(platform);
      const orphans = (await platform.pods.containers('default')).map(({ pid }) => pid);
      await platform.close();
      child.kill('SIGKILL');
      const { cgroup } = podsLayout(directory);
      const [system = ''] = readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' })
        .map((name) => join('/sys/fs/cgroup', name))
        .filter((path) => path.endsWith(`${cgroup}/system/cgroup.procs`));
      for (const pid of readFileSync(system, 'utf8').split('\n').filter(Boolean).map(Number)) {
        process.kill(pid, 'SIGKILL');
      }
      expect(orphans.filter((pid) => existsSync(`/proc/${pid}`))).toEqual(orphans);

      const again = await startPlatform({ directory, workloads: 'pods' });
      expect(orphans.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
      await untilPodsRun(again);
      await again.stop();
      await expectNothingLeft();
    },
    manyStartsMs,
  );

  it(
    'down removes everything after up was killed half-way',
    async () => {
      const { child, up } = startInChild();
      up.catch(() => undefined);
      const { bridge, socket } = podsLayout(directory);
      await waitUntil('containerd answers', 120_000, async () => await Promise.resolve(existsSync(socket)));
      child.kill('SIGKILL');
      expect(existsSync(`/sys/class/net/${bridge}`)).toBe(true);

      await stopPlatform(directory);
      await expectNothingLeft();
    },
    manyStartsMs,
  );

  it('another kind of node removes everything too, and the pods go on there', async () => {
    const platform = await startPlatform({ directory, workloads: 'pods' });
    await platform.kubernetes.apply(deployment, 'test');
    await untilPodsRun(platform);
    await platform.stop();

    const pretended = await startPlatform({ directory, workloads: 'kwok' });
    expect(footprint(directory).interfaces).toEqual(before.interfaces);
    await waitUntil('two pods are ready on the pretended node', 60_000, async () => {
      const pods = await listOwnedPods(pretended.kubernetes, 'default');
      return pods.length === 2 && pods.every(({ pod }) => isReady(pod) && pod.spec?.nodeName === 'kwok');
    });
    expect(() => pretended.pods).toThrow('this platform runs no pods');
    await pretended.stop();
    await expectNothingLeft();
  });

  it('one more option takes nothing away: real pods go on beside the Sealed Secrets controller', async () => {
    const first = await startPlatform({ directory, workloads: 'pods', detached: true });
    await first.kubernetes.apply(deployment, 'test');
    await untilPodsRun(first);
    await first.close();
    const lines: string[] = [];
    const reporter = { line: (text: string) => lines.push(text), task: () => ({ end: () => undefined }) };
    const platform = await startPlatform({ directory, sealedSecrets: true, reporter });
    expect(lines[0]).toBe(`starting the platform in ${directory} anew: with the Sealed Secrets controller`);
    expect((await platform.status()).filter(({ ready }) => !ready)).toEqual([]);
    expect(platform.components).toEqual(expect.arrayContaining(['kubelet', 'sealed-secrets-controller']));
    await untilPodsRun(platform);
    await platform.stop();
    await expectNothingLeft();
  });

  it('works in a folder that is too long for the address of a socket', async () => {
    const long = join(directory, 'x'.repeat(100));
    const lines: string[] = [];
    const reporter = { line: (text: string) => lines.push(text), task: () => ({ end: () => undefined }) };
    const platform = await startPlatform({ directory: long, workloads: 'pods', reporter });
    await platform.kubernetes.apply(deployment, 'test');
    await untilPodsRun(platform);
    const { runtimeFolder } = platform.pods.layout;
    expect(lines.filter((line) => line.includes('Unix sockets'))).toEqual([
      `pods: ${long}/pods has ${Buffer.byteLength(long) + 5} bytes and Unix sockets need 72 or fewer, so sockets are in ${runtimeFolder}`,
    ]);
    await platform.stop();
    expect(existsSync(runtimeFolder)).toBe(false);
    await expectNothingLeft();
  });

  it('fails where something is missing, in one line, before anything is started', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'lib/cli/main.ts', 'platform', 'up', '--pods', '--directory', directory],
      { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: directory } },
    );
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toEqual([
      'error: this machine cannot run pods, it lacks containerd (package containerd), ctr (package containerd), containerd-shim-runc-v2 (package containerd), runc (package runc), ip (package iproute2), ldd (package libc-bin), mount (package mount), nsenter (package util-linux), tar (package tar), unshare (package util-linux)',
      'fix: run it again after "apt-get install containerd runc iproute2 libc-bin mount util-linux tar", or leave --pods out',
      '',
    ]);
    expect(status).toBe(3);
    expect(readdirSync(directory)).toEqual([]);
    expect(footprint(directory)).toEqual(before);
  });
});
