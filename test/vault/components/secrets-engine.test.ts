import { SecretsEngine, type SecretsEngineArgs } from '../../../lib/vault/components';
import { recordProgram } from '../../support/pulumi-recorder';

async function engine(args: Partial<SecretsEngineArgs> = {}) {
  const { find } = await recordProgram(() => {
    new SecretsEngine('kv', { settings: { mount: 'secret', maxVersions: 20 }, catalogName: 'shop', ...args });
  });
  return {
    mount: find('vault:index/mount:Mount', 'kv-mount'),
    config: find('vault:kv/secretBackendV2:SecretBackendV2', 'kv-config'),
    component: find('nivesh:vault:SecretsEngine', 'kv'),
  };
}

describe('SecretsEngine', () => {
  it('is a KV version 2 engine whose writers use check-and-set', async () => {
    const { mount, config, component } = await engine();
    expect(mount.inputs).toEqual({
      path: 'secret',
      type: 'kv',
      options: { version: '2' },
      description: 'secrets of shop, kept by nivesh-secrets',
    });
    expect(config.inputs).toEqual({ mount: 'secret', maxVersions: 20, casRequired: true });
    expect(config.dependencies).toEqual([mount.urn]);
    expect([mount.parent, config.parent]).toEqual([component.urn, component.urn]);
  });

  it('outlives its stack, with the values in it', async () => {
    const { mount, config } = await engine();
    expect([mount.retainOnDelete, config.retainOnDelete]).toEqual([true, true]);
    expect(mount.importId).toBeUndefined();
  });

  it('goes with its stack only when told to', async () => {
    const { mount, config } = await engine({ destroyValues: true });
    expect([mount.retainOnDelete, config.retainOnDelete]).toEqual([false, false]);
  });

  it('takes over the mount that an earlier stack left', async () => {
    const { mount, config } = await engine({ takeOver: true });
    expect(mount.importId).toBe('secret');
    expect(config.importId).toBeUndefined();
  });
});
