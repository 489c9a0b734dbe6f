import { readState } from '../../lib/embedded/state';
import { isRunning } from '../../lib/embedded/process-identity';
import { component, nodeFor, supervise } from './support/components';
import { RecordingReporter } from './support/reporter';
import { temporaryFolder } from './support/temporary';

describe('Supervisor', () => {
  const folder = temporaryFolder();

  it('starts components after those that they need, records them, and stops them in reverse', async () => {
    const order: string[] = [];
    const watched = (name: 'etcd' | 'kube-apiserver' | 'kwok', after: readonly ('etcd' | 'kube-apiserver')[]) =>
      component(name, 'willing', after, {
        prepare: () => Promise.resolve(void order.push(`start ${name}`)),
        setUp: () => Promise.resolve(void order.push(`set up ${name}`)),
        cleanUp: () => Promise.resolve(void order.push(`stopped ${name}`)),
      });
    const components = [watched('kwok', ['kube-apiserver']), watched('kube-apiserver', ['etcd']), watched('etcd', [])];
    const reporter = new RecordingReporter();
    const { supervisor, layout, state } = supervise(folder(), components, { reporter });
    await supervisor.start(nodeFor(components));
    expect(Object.values(state.processes).map(isRunning)).toEqual([true, true, true]);
    expect(readState(layout.stateFile)).toEqual(state);
    await supervisor.stop();
    expect(Object.values(state.processes).map(isRunning)).toEqual([false, false, false]);
    expect(order).toEqual([
      'start etcd',
      'set up etcd',
      'start kube-apiserver',
      'set up kube-apiserver',
      'start kwok',
      'set up kwok',
      'stopped kwok',
      'stopped kube-apiserver',
      'stopped etcd',
    ]);
    expect(reporter.lines).toEqual(
      ['etcd', 'kube-apiserver', 'kwok'].map(
        (name) => expect.stringMatching(`^${name} 1.0.0 ready in [0-9.]+ s$`) as string,
      ),
    );
  });

  it('fails with the end of the log of a component that ends, and does not start what needs it', async () => {
    const components = [component('etcd', 'broken'), component('kube-apiserver', 'willing', ['etcd'])];
    const { supervisor, state } = supervise(folder(), components);
    await expect(supervisor.start(nodeFor(components))).rejects.toMatchObject({
      message: 'etcd ended while it was started; the end of its log:\n  first line\n  fatal: no such table',
      fix: `read the whole log in ${folder()}/logs/etcd.log`,
      code: 3,
    });
    expect(Object.keys(state.processes)).toEqual(['etcd']);
  });

  it.each([
    ['answer', {}],
    ['become ready', { answers: () => Promise.resolve(true) }],
  ])('fails with the end of the log of a component that does not %s', async (what, more) => {
    const components = [component('vault', 'slow', [], more)];
    const { supervisor, layout } = supervise(folder(), components, { readyTimeoutMs: 1000 });
    await expect(supervisor.start(nodeFor(components))).rejects.toMatchObject({
      message: `vault did not ${what} within 1 s; the end of its log:\n  still loading`,
    });
    await supervisor.stop();
    expect(Object.values(readState(layout.stateFile)?.processes ?? {}).map(isRunning)).toEqual([false]);
  });

  it('fails with the reason of the set-up', async () => {
    const components = [
      component('vault', 'willing', [], { setUp: () => Promise.reject(new Error('the unseal key is missing')) }),
    ];
    const { supervisor } = supervise(folder(), components);
    await expect(supervisor.start(nodeFor(components))).rejects.toThrow('the unseal key is missing');
    await supervisor.stop();
  });

  it('ends a start that is interrupted, and begins nothing new', async () => {
    const interruption = new AbortController();
    const components = [
      component('etcd', 'slow', [], {
        prepare: () =>
          Promise.resolve(
            setTimeout(() => {
              interruption.abort();
            }, 100),
          ).then(() => undefined),
      }),
      component('kube-apiserver', 'willing', ['etcd']),
    ];
    const { supervisor, state } = supervise(folder(), components, { signal: interruption.signal });
    await expect(supervisor.start(nodeFor(components))).rejects.toThrow('the start was interrupted');
    await supervisor.stop();
    expect(Object.entries(state.processes).map(([name, record]) => [name, isRunning(record)])).toEqual([
      ['etcd', false],
    ]);
  });

  it('kills everything at once', async () => {
    const components = [component('etcd', 'stubborn'), component('vault', 'stubborn')];
    const { supervisor, state } = supervise(folder(), components);
    await supervisor.start(nodeFor(components));
    supervisor.killAll();
    await supervisor.stop();
    expect(Object.values(state.processes).map(isRunning)).toEqual([false, false]);
  });
});
