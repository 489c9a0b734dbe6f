import { alternatingUsers, formatProblem, password, username, vaultSecret } from '../../lib/catalog';
import { alternatingUsersStrategyWith } from '../../lib/rotation/alternating-users';
import { RotationError } from '../../lib/rotation/errors';
import type { RotationMode } from '../../lib/rotation/strategy';
import { type PublishedVersion, RolloutFailedError } from '../../lib/rotation/value-delivery';
import { MemoryKv } from '../support/memory-kv';
import { MemoryUsers } from './support/memory-users';
import { RotationRun } from './support/rotation-run';

const path = 'shop/postgres';
const { secret } = vaultSecret(path, {
  user: username('shop_a'),
  secret: password(40, {
    rotation: alternatingUsers({ database: 'postgresql', users: ['shop_a', 'shop_b'], usernameField: 'user' }),
  }),
});

function prepare({ user = 'shop_a', mode = 'overlap' }: { user?: string; mode?: RotationMode } = {}) {
  const database = new MemoryUsers({ [user]: 'first' });
  const kv = new MemoryKv({ [path]: { user, secret: 'first' } });
  const delivered: PublishedVersion[] = [];
  const deliver = jest.fn((published: PublishedVersion) => {
    delivered.push(published);
    return Promise.resolve();
  });
  const strategy = alternatingUsersStrategyWith(() => Promise.resolve(database));
  const run = new RotationRun({ strategy, field: secret, kv, mode, deliver });
  return { database, kv, delivered, deliver, run, strategy };
}

describe('alternatingUsers', () => {
  it('publishes, delivers, drains and locks', async () => {
    const { database, kv, delivered, run, strategy } = prepare();
    expect((await run.check()).map(formatProblem)).toEqual([]);
    expect(await run.run()).toBeUndefined();
    expect(database.changes).toEqual(['provision shop_b like shop_a', 'prove shop_b', 'lock shop_a']);
    expect(delivered).toEqual([
      { path, fields: ['user', 'secret'], version: 2, previousVersion: 1, label: '20261126-1.publish.2' },
    ]);
    expect(kv.current(path)).toMatchObject({ user: 'shop_b' });
    expect(strategy.phases('overlap', secret.declaration.rotation).map(({ summary }) => summary))
      .toMatchInlineSnapshot(`
     [
       "give the idle one of shop_a or shop_b the rights of the other one and a fresh password, log in with it, and write both to Vault",
       "restart what reads the credential, until every pod has the new one",
       "wait until nobody has a session of the old user",
       "take the old user its password, and try that it is refused",
     ]
    `);
  });

  it('locks first when it revokes, then restarts', async () => {
    const { database, delivered, run, strategy } = prepare({ mode: 'revoke-now' });
    database.open.set('shop_a', 2);
    expect(await run.run()).toBeUndefined();
    expect(database.changes).toEqual([
      'provision shop_b like shop_a',
      'end sessions of shop_b',
      'prove shop_b',
      'lock shop_a',
      'end sessions of shop_a',
    ]);
    expect(delivered).toMatchObject([{ version: 2, previousVersion: 1 }]);
    expect(strategy.breaks(secret.declaration.rotation)).toMatchInlineSnapshot(`
     [
       "open connections of the user in use (shop_a or shop_b) are cut",
       "pods cannot connect again until they have restarted with the new credential",
     ]
    `);
  });

  it('goes on with the same credential after a rollout that failed and took it back', async () => {
    const { kv, database, deliver, delivered, run } = prepare();
    deliver.mockImplementationOnce(() => {
      kv.write(path, { user: 'shop_a', secret: 'first' });
      return Promise.reject(new RolloutFailedError('not ready', 3));
    });
    await expect(run.run()).rejects.toThrow('not ready');
    expect((await run.check()).map(formatProblem)).toEqual([]);
    expect(await run.run()).toBeUndefined();
    expect(database.changes).toEqual(['provision shop_b like shop_a', 'prove shop_b', 'lock shop_a']);
    expect(kv.versions(path)[3]).toEqual(kv.versions(path)[1]);
    expect(delivered).toMatchObject([{ version: 4, previousVersion: 3 }]);
  });

  it('keeps what somebody else writes to the same path meanwhile', async () => {
    const { kv, database, run } = prepare();
    const { engine } = kv;
    const patch = engine.patch.bind(engine);
    jest.spyOn(engine, 'patch').mockImplementationOnce(async (...parameters) => {
      kv.write(path, { other: 'x' });
      return await patch(...parameters);
    });
    expect(await run.run()).toBeUndefined();
    expect(kv.current(path)).toMatchObject({ user: 'shop_b', other: 'x' });
    expect(database.changes).toHaveLength(3);
  });

  it('leaves the credential that works where a run that was overtaken writes its own at the last moment', async () => {
    const { kv, database, run } = prepare();
    const { engine } = kv;
    const patch = engine.patch.bind(engine);
    jest.spyOn(engine, 'patch').mockImplementationOnce(async (...parameters) => {
      kv.write(path, { user: 'shop_b', secret: 'of a run that was overtaken' });
      return await patch(...parameters);
    });
    expect(await run.run()).toBeUndefined();
    const { user = '', secret: used = '' } = kv.current(path);
    expect(user).toBe('shop_b');
    expect([...(database.passwords.get(user) ?? [])]).toEqual([used]);
  });

  it.each([
    ['before it notices', 1],
    ['after it has noticed', 2],
  ])('goes on where it dies %s that a run that was overtaken wrote its own credential', async (_, attempts) => {
    const { kv, database, deliver, delivered, run } = prepare();
    const { engine } = kv;
    const patch = engine.patch.bind(engine);
    const spy = jest.spyOn(engine, 'patch').mockImplementation(async (...parameters) => {
      if (spy.mock.calls.length === 1) {
        kv.write(path, { user: 'shop_b', secret: 'of a run that was overtaken' });
      }
      return spy.mock.calls.length === attempts
        ? await Promise.reject(new Error('killed'))
        : await patch(...parameters);
    });
    await expect(run.run()).rejects.toThrow('killed');
    expect((await run.check()).map(formatProblem)).toEqual([]);
    // A rollout that fails goes back to what worked before both of them.
    deliver.mockImplementationOnce((published) => {
      kv.write(path, kv.versions(path)[published.previousVersion - 1] ?? {});
      return Promise.reject(new RolloutFailedError('not ready', 4));
    });
    await expect(run.run()).rejects.toThrow('not ready');
    expect(kv.current(path)).toEqual({ user: 'shop_a', secret: 'first' });
    expect(await run.run()).toBeUndefined();
    expect(delivered).toMatchObject([{ version: 5, previousVersion: 4 }]);
    expect([...(database.passwords.get('shop_b') ?? [])]).toEqual([kv.current(path).secret]);
    expect(run.facts.get('lock')).toMatchObject({ locked: 'shop_a', refused: true });
  });

  it('fails before any pod restarts where a run that was overtaken has given the user another password', async () => {
    const { database, delivered, run } = prepare();
    await run.run('deliver');
    database.passwords.set('shop_b', new Set(['of a run that was overtaken']));
    await expect(run.run()).rejects.toMatchObject({
      message: 'postgresql refuses the new password of shop_b, which is in Vault',
      fix: 'give shop_b the password of version 2 of secret/shop/postgres on the server, then start the same command again',
    });
    expect(delivered).toEqual([]);
  });

  it('waits for sessions that were opened between the gate and the lock', async () => {
    const { database, run } = prepare();
    await run.run('lock');
    database.open.set('shop_a', 1);
    expect(await run.run()).toEqual({
      done: false,
      until: new Date('2026-11-26T12:05:00Z'),
      reason: '1 session is open as shop_a: batch',
    });
    database.open.clear();
    expect(await run.run()).toBeUndefined();
  });

  it('says that a refusal cannot be tried where Vault has let go of the old password', async () => {
    const { kv, run } = prepare();
    await run.run('lock');
    jest.spyOn(kv.engine, 'readVersion').mockResolvedValue(undefined);
    expect(await run.run()).toBeUndefined();
    expect(run.reports.at(-1)).toBe(
      'shop/postgres.secret: Vault has let go of the old password, so its refusal cannot be tried',
    );
    expect(run.facts.get('lock')).toEqual({ locks: 'shop_a', locked: 'shop_a', refused: false });
  });

  it.each(['drain', 'lock'])('fails in %s, and locks nobody, where Vault names the old user again', async (phase) => {
    const { kv, database, run } = prepare();
    await run.run(phase);
    kv.write(path, { user: 'shop_a', secret: 'first' });
    await expect(run.run()).rejects.toMatchObject({
      message:
        'shop/postgres.secret is not what this rotation wrote: somebody else has changed secret/shop/postgres, and nothing was locked',
      fix: 'find out which credential the workloads use, and write it to Vault; then begin anew from what is there now: nivesh-secrets rotate shop/postgres.secret --environment test --revoke-now',
    });
    expect(database.changes).toEqual(['provision shop_b like shop_a', 'prove shop_b']);
  });

  it('fails in a revocation with the way to go on with it, since nothing breaks one off', async () => {
    const { kv, run } = prepare({ mode: 'revoke-now' });
    await run.run('drain');
    kv.write(path, { user: 'shop_a', secret: 'first' });
    await expect(run.run()).rejects.toMatchObject({
      fix: 'find out who; then write what the version in the journal has back, with "vault kv patch -mount=secret shop/postgres <field>=-" for each field of it that changed, then start the same command again',
    });
  });

  it('fails where the server still accepts the old password', async () => {
    const { database, run } = prepare();
    await run.run('lock');
    jest.spyOn(database, 'accepts').mockResolvedValue(true);
    await expect(run.run()).rejects.toThrow('still accepts the old password of shop_a');
  });

  it.each(['overlap', 'revoke-now'] as const)(
    'fails in %s, and locks nobody, where the server refuses the new password: the old one is the only one that works',
    async (mode) => {
      const { database, run } = prepare({ mode });
      await run.run('lock');
      database.passwords.set('shop_b', new Set(['of a run that was overtaken']));
      await expect(run.run()).rejects.toThrow('refuses the new password of shop_b');
      expect(database.changes).not.toContain('lock shop_a');
    },
  );

  it('fails before anything changes: another user in Vault, a server without authentication, no value', async () => {
    const other = prepare({ user: 'postgres' });
    expect((await other.run.check()).map(formatProblem)).toMatchInlineSnapshot(`
     [
       "secret/shop/postgres user: the user in Vault is not one of the two that take turns, got "postgres", allowed: "shop_a" or "shop_b", fix: name the user that the workloads log in as as one of the two, or write one of the two to Vault with its password",
     ]
    `);
    await expect(other.run.run()).rejects.toBeInstanceOf(RotationError);
    expect(other.database.changes).toEqual([]);

    const open = prepare();
    open.database.acceptsAll = true;
    expect((await open.run.check()).map(formatProblem)).toMatchInlineSnapshot(`
     [
       "postgresql shop_a: the server accepts any password, got a login as shop_a with random characters, allowed: a server that checks passwords, also of logins from here, fix: switch authentication on, for PostgreSQL scram-sha-256 in place of trust in pg_hba.conf",
     ]
    `);
  });

  it('passes on what is no problem of the database', async () => {
    const { database, run } = prepare();
    jest.spyOn(database, 'check').mockRejectedValue(new TypeError('a mistake'));
    await expect(run.check()).rejects.toThrow('a mistake');
    jest.spyOn(database, 'check').mockRejectedValue(new RotationError('unreachable', 'start it'));
    expect((await run.check()).map(formatProblem)).toMatchInlineSnapshot(`
     [
       "postgresql: the database cannot be looked at as its administrator, got unreachable, allowed: a server that can be reached and changed with the URL in POSTGRESQL_ADMIN_URL, fix: start it",
     ]
    `);
  });
});
