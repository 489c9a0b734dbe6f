import { ControlGroup } from '../../../lib/embedded/pods/cgroups';
import { podsLayout } from '../../../lib/embedded/pods/layout';
import { PodsNamespace } from '../../../lib/embedded/pods/namespace';

const program = { command: '/bin/program', args: ['--flag=a b', '--'] };

async function namespace(): Promise<PodsNamespace> {
  return new PodsNamespace(podsLayout('/platform'), await ControlGroup.at('/ours', ['/cgroup/a', '/cgroup/b']));
}

test('the first program replaces the kernel settings that it would change', async () => {
  const { command, args } = (await namespace()).asFirst(program);
  expect([command, ...args.slice(0, 4)]).toEqual(['unshare', '--mount', '--propagation', 'private', 'sh']);
  expect(args.slice(6, 11)).toEqual([
    'sh',
    '/cgroup/a/ours/system/cgroup.procs',
    '/cgroup/b/ours/system/cgroup.procs',
    '--',
    '/platform/pods/private',
  ]);
  expect(args).toContain('/proc/sys/vm/overcommit_memory');
  expect(args.slice(-4)).toEqual(['--', '/bin/program', '--flag=a b', '--']);
});

test('another program enters the same namespace and control group', async () => {
  expect((await namespace()).besides(42, program)).toMatchInlineSnapshot(`
   {
     "args": [
       "--mount=/proc/42/ns/mnt",
       "sh",
       "-c",
       "set -e
   while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift
   exec "$@"",
       "sh",
       "/cgroup/a/ours/system/cgroup.procs",
       "/cgroup/b/ours/system/cgroup.procs",
       "--",
       "/bin/program",
       "--flag=a b",
       "--",
     ],
     "command": "nsenter",
   }
  `);
});
