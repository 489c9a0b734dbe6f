import fc from 'fast-check';
import { explainLayout, podsLayout } from '../../../lib/embedded/pods/layout';

const folder = fc
  .array(
    fc.stringMatching(/^[\w.é-]{1,40}$/).filter((name) => !/^\.+$/.test(name)),
    { minLength: 1, maxLength: 8 },
  )
  .map((names) => `/${names.join('/')}`);

test('fits the limits of the kernel for any folder: sockets of 107 bytes, interfaces of 15', () => {
  fc.assert(
    fc.property(folder, (platform) => {
      const layout = podsLayout(platform);
      const sockets = [`${layout.socket}.ttrpc`, `${layout.runtimeFolder}/kubelet/pod-resources/kubelet.sock`];
      expect(sockets.filter((socket) => Buffer.byteLength(socket) > 107)).toEqual([]);
      expect(layout.bridge.length).toBeLessThanOrEqual(15);
      expect(podsLayout(platform)).toEqual(layout);
    }),
  );
});

test('is in the folder of the platform where that is short', () => {
  const layout = podsLayout('/home/user/project/.embedded');
  expect(layout).toMatchInlineSnapshot(`
   {
     "bridge": "nvsf4ccb7f4",
     "cgroup": "/nivesh-secrets-f4ccb7f4",
     "folder": "/home/user/project/.embedded/pods",
     "id": "f4ccb7f4",
     "logs": "/home/user/project/.embedded/pods/logs",
     "platform": "/home/user/project/.embedded",
     "runtimeFolder": "/home/user/project/.embedded/pods",
     "socket": "/home/user/project/.embedded/pods/containerd.sock",
     "standIns": "/home/user/project/.embedded/stand-ins.json",
   }
  `);
  expect(explainLayout(layout)).toBeUndefined();
});

test('goes to /run, and says so, where the folder is too long for a socket', () => {
  const layout = podsLayout(`/home/${'x'.repeat(80)}/.embedded`);
  expect(layout.runtimeFolder).toMatch(/^\/run\/nivesh-secrets-[0-9a-f]{8}$/);
  expect(layout.folder).toMatch(/^\/home\/x+\/\.embedded\/pods$/);
  expect(explainLayout(layout)?.replaceAll(/x+\/|[0-9a-f]{8}/g, '_')).toMatchInlineSnapshot(
    `"pods: /home/_.embedded/pods has 101 bytes and Unix sockets need 72 or fewer, so sockets are in /run/nivesh-secrets-_"`,
  );
});

test('two platforms share no name', () => {
  const [one, other] = [podsLayout('/one'), podsLayout('/other')];
  expect(one.bridge).not.toBe(other.bridge);
  expect(one.cgroup).not.toBe(other.cgroup);
});
