import { chooseOptions, componentsThatEnded, reasonsToStartAnew, runsAtAll } from '../../lib/embedded/options';
import { componentsFor } from '../../lib/embedded/components';
import { identify } from '../../lib/embedded/process-identity';
import type { PlatformState } from '../../lib/embedded/state';

type Options = PlatformState['options'];

/** A platform of which everything runs, as this process, but for what ended. */
function running(options: Options, ended: readonly string[] = []): PlatformState {
  const identity = identify(process.pid) ?? { pid: 0, startTime: '' };
  const names = componentsFor(options).map(({ name }) => name);
  return {
    options,
    ports: { vault: 20_001 },
    processes: Object.fromEntries(
      names
        .filter((name) => !ended.includes(name))
        .map((name) => [name, { ...identity, version: '1.0.0', binary: '/bin' }]),
    ),
  };
}

function stopped(options: Options): PlatformState {
  return { ...running(options), processes: {} };
}

const asked = (options: Partial<Options> = {}, ports: Record<string, number> = {}) => ({ options, ports });
const pods: Options = { tokenCache: true, workloads: 'pods', sealedSecrets: true };

describe('what a platform runs with', () => {
  it('is what is asked, else what runs, so that one more option takes nothing away', () => {
    expect(chooseOptions(asked(), running(pods))).toEqual(pods);
    expect(chooseOptions(asked({ sealedSecrets: true }), running({ ...pods, sealedSecrets: false }))).toEqual(pods);
    expect(chooseOptions(asked({ workloads: 'none' }), running(pods))).toEqual({ ...pods, workloads: 'none' });
    expect(chooseOptions(asked({ tokenCache: false }), running(pods))).toEqual({ ...pods, tokenCache: false });
  });

  it('is the default where nothing runs, whatever ran before', () => {
    const defaults = { tokenCache: false, workloads: 'kwok', sealedSecrets: false };
    expect(chooseOptions(asked(), undefined)).toEqual(defaults);
    expect(chooseOptions(asked(), stopped(pods))).toEqual(defaults);
    expect([runsAtAll(stopped(pods)), runsAtAll(running(pods))]).toEqual([false, true]);
  });
});

describe('reasons to start a platform anew', () => {
  it('are none where it runs as asked', () => {
    expect(reasonsToStartAnew(running(pods), asked())).toEqual([]);
    expect(reasonsToStartAnew(running(pods), asked(pods, { vault: 20_001 }))).toEqual([]);
    expect(reasonsToStartAnew(running({ tokenCache: false, workloads: 'kwok' }), asked())).toEqual([]);
  });

  it('name everything that is to be otherwise', () => {
    const wanted: Options = { tokenCache: false, workloads: 'kwok', sealedSecrets: false };
    expect(reasonsToStartAnew(running(pods), asked(wanted, { vault: 8200 }))).toEqual([
      'with pods that kwok pretends',
      'without the Sealed Secrets controller',
      'without the token cache',
      'with vault on port 8200',
    ]);
    expect(reasonsToStartAnew(running(wanted), asked(pods))).toEqual([
      'with real pods',
      'with the Sealed Secrets controller',
      'with the token cache',
    ]);
  });

  it('name the components that ended', () => {
    const state = running(pods, ['etcd', 'kubelet']);
    expect(componentsThatEnded(state)).toEqual(['etcd', 'kubelet']);
    expect(reasonsToStartAnew(state, asked())).toEqual(['with etcd, kubelet, which ended']);
  });
});
