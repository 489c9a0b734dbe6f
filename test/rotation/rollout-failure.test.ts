import { staging } from '../../environments/staging';
import type { ContainerStatus, Pod } from '../../lib/kubernetes/pods';
import { explainUnreadyPods } from '../../lib/rotation/rollout-failure';

function pod(name: string, container: Partial<ContainerStatus>, phase = 'Running'): Pod {
  const status = { name: 'main', ready: false, restartCount: 0, ...container };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'nivesh' },
    status: { phase, containerStatuses: [status] },
  };
}

test('says how a program ended, what waits, and what runs without being ready', () => {
  const pods = [
    pod('a', {
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s restarting failed container' } },
      lastState: { terminated: { reason: 'Error', exitCode: 78 } },
    }),
    pod('b', { state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } }, 'Pending'),
    pod('c', { state: { running: { startedAt: '2026-11-26T20:00:00Z' } } }),
    pod('d', { state: { waiting: { reason: 'ContainerCreating' } } }, 'Pending'),
  ];
  expect(explainUnreadyPods(pods, staging)).toMatchInlineSnapshot(`
   [
     "pod a: container main ended with 78 (Error), 3 restarts; see: kubectl logs --namespace nivesh a --container main",
     "pod b waits: container main: ErrImagePull: no such image",
     "pod c: container main runs, but its readiness probe does not succeed",
   ]
  `);
});
