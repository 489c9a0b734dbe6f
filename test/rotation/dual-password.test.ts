import { formatProblem, password, redisAcl, vaultSecret } from '../../lib/catalog';
import { dualPasswordStrategyWith } from '../../lib/rotation/dual-password';
import type { RotationMode } from '../../lib/rotation/strategy';
import { type PublishedVersion, RolloutFailedError } from '../../lib/rotation/value-delivery';
import { MemoryKv } from '../support/memory-kv';
import { MemoryUsers } from './support/memory-users';
import { RotationRun } from './support/rotation-run';

const path = 'shop/redis';
const { secret } = vaultSecret(path, { secret: password(40, { rotation: redisAcl({ user: 'shop' }) }) });

function prepare(mode: RotationMode = 'overlap') {
  const database = new MemoryUsers({ shop: 'first' });
  const kv = new MemoryKv({ [path]: { secret: 'first' } });
  const deliver = jest.fn<Promise<void>, [PublishedVersion]>(() => Promise.resolve());
  const strategy = dualPasswordStrategyWith(() => Promise.resolve(database));
  const run = new RotationRun({ strategy, field: secret, kv, mode, deliver });
  return { database, kv, deliver, run, strategy };
}

describe('dualPassword', () => {
  it('adds a password, delivers it, and drops every other one', async () => {
    const { database, kv, deliver, run, strategy } = prepare();
    expect(await run.check()).toEqual([]);
    await run.run('drop');
    // As a crash leaves it behind.
    database.passwords.get('shop')?.add('orphan');
    expect(await run.run()).toBeUndefined();
    expect(database.changes).toEqual(['add a password of shop', 'keep one password of shop']);
    expect([...(database.passwords.get('shop') ?? [])]).toEqual([kv.current(path).secret]);
    expect(deliver.mock.calls).toEqual([
      [{ path, fields: ['secret'], version: 2, previousVersion: 1, label: '20261126-1.publish.2' }],
    ]);
    expect(strategy.phases('overlap', secret.declaration.rotation).map(({ summary }) => summary))
      .toMatchInlineSnapshot(`
     [
       "give shop a second password, log in with it, and write it to Vault",
       "restart what reads the password, until every pod has the new one",
       "remove every other password of shop, and try that the old one is refused",
     ]
    `);
  });

  it('drops first when it revokes, then restarts', async () => {
    const { database, deliver, run, strategy } = prepare('revoke-now');
    expect(await run.run()).toBeUndefined();
    expect(database.changes).toEqual(['add a password of shop', 'keep one password of shop', 'end sessions of shop']);
    expect(deliver.mock.calls).toMatchObject([[{ version: 2, previousVersion: 1 }]]);
    expect(strategy.breaks(secret.declaration.rotation)).toMatchInlineSnapshot(`
     [
       "open connections of shop are cut",
       "pods cannot connect again until they have restarted with the new password",
     ]
    `);
  });

  it('goes on with the same password after a rollout that failed and took it back', async () => {
    const { kv, database, deliver, run } = prepare();
    deliver.mockImplementationOnce(() => {
      kv.write(path, { secret: 'first' });
      return Promise.reject(new RolloutFailedError('not ready', 3));
    });
    await expect(run.run()).rejects.toThrow('not ready');
    expect(await run.run()).toBeUndefined();
    expect(database.changes).toEqual(['add a password of shop', 'keep one password of shop']);
    expect(kv.versions(path)[3]).toEqual(kv.versions(path)[1]);
  });

  it('fails, and drops nothing, where Vault holds the old password again or one that the server refuses', async () => {
    for (const value of ['first', 'unknown']) {
      const { kv, database, run } = prepare();
      await run.run('drop');
      kv.write(path, { secret: value });
      await expect(run.run()).rejects.toThrow('somebody else has changed secret/shop/redis, and nothing was locked');
      expect(database.changes).toEqual(['add a password of shop']);
    }
  });

  it('fails, and publishes nothing, where the password that was added is refused', async () => {
    const { kv, database, run } = prepare();
    jest.spyOn(database, 'addPassword').mockResolvedValue(undefined);
    await expect(run.run()).rejects.toThrow('redis refuses the password that was just added to shop');
    expect(kv.versions(path)).toHaveLength(1);
  });

  it('fails before anything changes where the password in Vault is refused', async () => {
    const { kv, database, run } = prepare();
    kv.write(path, { secret: 'unknown' });
    expect((await run.check()).map(formatProblem)).toMatchInlineSnapshot(`
     [
       "redis shop: the server refuses the credential that is in Vault, got a refused login as shop with the password of shop/redis.secret, allowed: a credential that the workloads can log in with, fix: write the password that the server knows to shop/redis.secret, or give the user the one that is there",
     ]
    `);
    expect(database.changes).toEqual([]);
  });
});
