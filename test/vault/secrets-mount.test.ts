import { VaultClient } from '../../lib/vault/client';
import { findMount, mountAction, mountDescription } from '../../lib/vault/secrets-mount';
import { FakeVault } from '../support/fake-vault';

const ours = { type: 'kv', version: '2', description: mountDescription('shop') };

describe('mountAction', () => {
  it('makes a mount where there is none', () => {
    expect(mountAction('secret', 'shop', undefined, false)).toBe('create');
  });

  it('takes its own mount back after the stack was destroyed', () => {
    expect(mountAction('secret', 'shop', ours, false)).toBe('import');
  });

  it("takes somebody else's mount over only when told to", () => {
    const theirs = { ...ours, description: 'key/value secret storage' };
    expect(mountAction('secret', 'shop', theirs, true)).toBe('import');
    expect(() => mountAction('secret', 'shop', theirs, false)).toThrow(
      'mount "secret" has 1 problem\n  vault.mount.secret: the mount exists and was not made here (its writers would have to use check-and-set from now on), got description "key/value secret storage", allowed: description "secrets of shop, kept by nivesh-secrets", fix: choose another mount in the environment, or take this one over: pulumi config set adoptMount true',
    );
  });

  it.each([
    [{ ...ours, version: '1' }, 'kv version 1'],
    [{ type: 'kv', description: ours.description }, 'kv'],
    [{ type: 'pki', description: '' }, 'pki'],
  ])('fails for %j, also when told to take it over', (existing, got) => {
    expect(() => mountAction('secret', 'shop', existing, true)).toThrow(
      `another secrets engine is mounted there, got ${got}, allowed: nothing, or the engine kv version 2`,
    );
  });
});

describe('findMount', () => {
  it('finds the engine at a path, with its version and description', async () => {
    const vault = await FakeVault.start({
      'GET sys/mounts': () => ({
        'secret/': { type: 'kv', description: 'd', options: { version: '2' } },
        'pki/': { type: 'pki', options: null },
      }),
    });
    const client = new VaultClient(vault.connection);
    try {
      expect(await findMount(client, 'secret')).toEqual({ type: 'kv', version: '2', description: 'd' });
      expect(await findMount(client, 'pki')).toEqual({ type: 'pki', description: '' });
      expect(await findMount(client, 'other')).toBeUndefined();
    } finally {
      await client.close();
      await vault.stop();
    }
  });
});
